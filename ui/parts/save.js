// Has the browser save a file that the server has made for it, once.

let saved; // the address

export default function save({ data: { address } }) {
  if (address === saved) return;
  saved = address;
  Object.assign(document.createElement("a"), { href: new URL(address, document.baseURI).href, download: "" }).click();
}
