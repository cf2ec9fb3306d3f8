// Says below a prediction whether it was right, and what was found. Its element is a live region: empty until then.

const MARKUP = '<svg viewBox="0 0 16 16" aria-hidden="true"><path fill-rule="evenodd"/></svg> <strong></strong> <span></span>';
const DISK = "M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1z";
const TICK = "M7 11.2 3.7 7.9l1.1-1.1L7 9l4.2-4.2 1.1 1.1z";
const CROSS = "M8 6.9 5.9 4.8 4.8 5.9 6.9 8l-2.1 2.1 1.1 1.1L8 9.1l2.1 2.1 1.1-1.1L9.1 8l2.1-2.1-1.1-1.1z";

export default function show({ data: { verdict, evidence, right }, parentElement }) {
  const line = parentElement.querySelector(".mlp-verdict");
  const said = verdict ? `${verdict} ${evidence}` : "";
  if (said === (line.dataset.said ?? "")) return; // or it would be announced again
  line.dataset.said = said;
  line.innerHTML = said && MARKUP;
  if (!said) return;
  const [mark, strong, rest] = line.children;
  mark.classList.toggle("right", right);
  mark.firstChild.setAttribute("d", DISK + (right ? TICK : CROSS));
  strong.textContent = verdict;
  rest.textContent = evidence;
}
