// Shows an address, and copies it when its button is pressed.

export default function show({ data: { parts }, parentElement }) {
  const text = parentElement.querySelector("code");
  const spans = parts.map((part) => Object.assign(document.createElement("span"), { textContent: part }));
  text.replaceChildren(...spans);
  text.style.setProperty("--longest", Math.max(...parts.map(({ length }) => length)));
  const button = parentElement.querySelector("button");
  button.textContent = "Copy";
  button.onclick = async () => {
    try {
      await navigator.clipboard.writeText(parts.join(""));
      button.textContent = "Copied";
    } catch { // without https, browsers allow it on this machine only
      getSelection().selectAllChildren(text);
      button.textContent = document.execCommand("copy") ? "Copied" : "Selected";
    }
  };
}
