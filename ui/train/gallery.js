// Draws examples with a network's answers. Each call gets everything to show.

export default function show({ data, parentElement }) {
  const list = parentElement.querySelector(".mlp-gallery");
  const { pictures, gray, cells } = data;
  while (list.children.length > cells.length) list.lastChild.remove();
  while (list.children.length < cells.length) {
    const markup = "<i class='picture ink'></i><div><b></b><ul></ul></div>";
    list.append(Object.assign(document.createElement("li"), { innerHTML: markup }));
  }
  list.style.setProperty("--pictures", `url(${pictures})`);
  list.classList.toggle("gray", gray);
  list.style.setProperty("--count", cells.length);
  cells.forEach((example, index) => {
    const cell = list.children[index];
    cell.firstChild.style.setProperty("--at", `${(100 * index) / Math.max(cells.length - 1, 1)}%`);
    (example.lines ? showNumbers : showClasses)(cell, example);
  });
}

// A regression's example: the predicted number, then the true one and the difference.
function showNumbers(cell, { number, lines }) {
  const [title, list] = cell.lastChild.children;
  const [[, predicted], ...others] = lines;
  title.textContent = predicted;
  cell.className = "number";
  const words = lines.map((line) => line.join(" ")).join(", ");
  cell.setAttribute("aria-label", `Example ${number}: ${words}`);
  cell.title = `Example ${number}\n${words}`;
  list.replaceChildren(
    ...others.map(([name, value]) => Object.assign(document.createElement("li"), { textContent: `${name} ${value}` })),
  );
}

function showClasses(cell, { number, truth, wrong, bars }) {
  const [title, list] = cell.lastChild.children;
  const [answer] = bars[0] ?? ["?"];
  cell.className = wrong ? "wrong" : "right";
  title.textContent = wrong ? `${truth} → ${answer}` : answer;
  const words = bars.map(([name, share]) => `${name} ${(100 * share).toFixed(1)} %`).join(", ");
  cell.setAttribute("aria-label", `Example ${number}: ${wrong ? `actually ${truth}, predicted ${answer}` : `${answer}, correct`}. ${words}`);
  cell.title = `Example ${number}\n${words}`;
  list.replaceChildren(
    ...bars.map(([name, share, isTruth]) => {
      const row = document.createElement("li");
      row.className = isTruth ? "truth" : "";
      const said = Object.assign(document.createElement("span"), { textContent: name });
      row.append(said, document.createElement("i"), `${Math.round(100 * share)}\u202f%`);
      row.children[1].style.setProperty("--share", share);
      return row;
    }),
  );
}
