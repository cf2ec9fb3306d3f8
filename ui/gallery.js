// Draws examples with a network's answers. Each call gets all there is to show.

export default function show({ data, parentElement }) {
  const list = parentElement.querySelector(".mlp-gallery");
  const { shape, pixels, cells } = data;
  const [count, rows, columns] = shape;
  while (list.children.length > count) list.lastChild.remove();
  while (list.children.length < count) {
    const markup = "<canvas></canvas><div><b></b><ul></ul></div>";
    list.append(Object.assign(document.createElement("li"), { innerHTML: markup }));
  }
  const bytes = Uint8Array.from(atob(pixels), (letter) => letter.charCodeAt(0));
  cells.forEach(({ number, truth, wrong, bars }, index) => {
    const cell = list.children[index];
    const [canvas, { children: [title, bar] }] = cell.children;
    draw(canvas, bytes.subarray(index * rows * columns, (index + 1) * rows * columns), rows, columns);
    const [answer] = bars[0] ?? ["?"];
    cell.className = wrong ? "wrong" : "right";
    title.textContent = wrong ? `${truth} → ${answer}` : answer;
    const words = bars.map(([name, share]) => `${name} ${(100 * share).toFixed(1)} %`).join(", ");
    cell.setAttribute("aria-label", `Example ${number}: is ${truth}, ${wrong ? "taken for" : "answered"} ${answer}. ${words}`);
    cell.title = `Example ${number}\n${words}`;
    bar.replaceChildren(
      ...bars.map(([name, share, isTruth]) => {
        const row = document.createElement("li");
        row.className = isTruth ? "truth" : "";
        row.append(name, document.createElement("i"), `${Math.round(100 * share)}\u202f%`);
        row.children[0].style.setProperty("--share", share);
        return row;
      }),
    );
  });
}

// Ink on paper, whatever the theme.
function draw(canvas, bytes, rows, columns) {
  canvas.width = columns;
  canvas.height = rows;
  const picture = new ImageData(columns, rows);
  picture.data.fill(255);
  bytes.forEach((value, index) => picture.data.fill(255 - value, 4 * index, 4 * index + 3));
  canvas.getContext("2d").putImageData(picture, 0, 0);
}
