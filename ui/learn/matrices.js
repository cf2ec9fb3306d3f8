// Draws the matrices of one stage. The result's numbers are buttons: clicking one shows how it is calculated.

export default function show({ data: { operands, result, tried }, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".mlp-matrices");
  const focused = [...root.querySelectorAll("button")].indexOf(root.getRootNode().activeElement);
  const press = (index) => setTriggerValue("pressed", index);
  const hint = result.numbers.length > 1 ? ": click a number" : "";
  const outcome = group(`result${hint}`, [matrix(result, press)]);
  outcome.className = "outcome"; // with an arrow before it, also if there is only room for it below
  root.replaceChildren(
    group("inputs", operands.map((each) => matrix(each))),
    outcome,
    ...(tried ? [group("checked numerically", [matrix(tried)])] : []),
  );
  if (focused >= 0) root.querySelectorAll("button")[focused]?.focus();
}

function group(title, tables) {
  const box = document.createElement("section");
  box.append(Object.assign(document.createElement("h4"), { textContent: title }));
  const row = Object.assign(document.createElement("div"), { className: "row" });
  row.append(...tables);
  box.append(row);
  return box;
}

function matrix({ name, shape, numbers, marked }, press) {
  const figure = Object.assign(document.createElement("figure"), { translate: false });
  const caption = document.createElement("figcaption");
  caption.append(
    Object.assign(document.createElement("b"), { textContent: name }),
    Object.assign(document.createElement("small"), { textContent: ` [${shape.join(", ")}]` }),
  );
  const grid = Object.assign(document.createElement("div"), { className: "grid" });
  grid.style.setProperty("--columns", shape[1]);
  grid.setAttribute("role", "group");
  grid.setAttribute("aria-label", `${name}, ${shape[0]} rows, ${shape[1]} columns`);
  numbers.forEach((number, index) => {
    const place = `row ${Math.floor(index / shape[1]) + 1}, column ${(index % shape[1]) + 1}`;
    const cell = document.createElement(press ? "button" : "span");
    cell.textContent = number;
    cell.classList.toggle("marked", marked.includes(index));
    if (press) {
      cell.type = "button";
      cell.setAttribute("aria-label", `${name} ${place}: ${number}`);
      cell.setAttribute("aria-pressed", String(marked.includes(index)));
      cell.onclick = () => press(index);
    }
    grid.append(cell);
  });
  figure.append(caption, grid);
  return figure;
}
