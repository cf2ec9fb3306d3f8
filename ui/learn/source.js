// Shows a function's source, line by line. Docstrings and comments are quiet; marked lines stand out.

export default function show({ data: { place, first, lines, marked }, parentElement }) {
  const figure = parentElement.querySelector(".mlp-source");
  figure.querySelector("figcaption").textContent = place;
  const list = figure.querySelector("ol");
  list.start = first;
  list.setAttribute("aria-label", `Source from line ${first} on; marked: ${marked.join(", ") || "nothing"}`);
  let quoted = false; // inside a docstring of several lines
  list.replaceChildren(
    ...lines.map((line, index) => {
      const item = document.createElement("li");
      item.value = first + index;
      item.style.setProperty("--indent", line.search(/\S|$/));
      const isMarked = marked.includes(item.value);
      item.classList.toggle("marked", isMarked);
      const quotes = line.split('"""').length - 1;
      const quiet = quoted || quotes > 0;
      if (quotes === 1) quoted = !quoted;
      item.append(...parts(line, quiet));
      if (isMarked) item.setAttribute("aria-current", "true");
      return item;
    }),
  );
}

function parts(line, quiet) {
  if (quiet) return [span("quiet", line)];
  const comment = line.search(/(^|\s)#\s/);
  const code = comment < 0 ? line : line.slice(0, comment);
  return [span("code", code || " "), ...(comment < 0 ? [] : [span("quiet", line.slice(comment))])];
}

function span(name, text) {
  return Object.assign(document.createElement("span"), { className: name, textContent: text });
}
