// Shows a sentence in a live region: screen readers read it out when it changes. `**` is around its strong words.

export default function show({ data: { sentence }, parentElement }) {
  const line = parentElement.querySelector(".mlp-said");
  if (sentence === (line.dataset.said ?? "")) return; // or it would be read out again
  line.dataset.said = sentence;
  const parts = sentence.split("**").map((text, index) => Object.assign(document.createElement(index % 2 ? "strong" : "span"), { textContent: text }));
  line.replaceChildren(...(sentence ? parts : []));
}
