// Shows the network's answer: a class and how sure it is of each, or a number on a scale.

const MOST_BARS = 10; // of many classes, those with the highest probabilities

class Answer {
  // `choose` is called with the class that a person asks about.
  constructor(root, page, choose) {
    Object.assign(this, { root, page });
    this.rows = [];
    if (page.regression) {
      this.scale = element("div", { className: "scale", role: "img" }, element("i"), element("b"));
      const { low, high } = page.target;
      root.append(this.scale, element("p", { className: "ends" }, element("span", {}, inUnit(low)), element("span", {}, inUnit(high))));
      return;
    }
    const longest = Math.max(...page.names.map((name) => name.length));
    this.find("output").className = longest < 3 ? "letter" : longest > 12 ? "long" : "";
    this.rows = Array.from({ length: Math.min(page.names.length, MOST_BARS) }, () => {
      const name = element("span");
      const share = element("span");
      const row = element("button", { type: "button" }, name, element("i"), share);
      row.addEventListener("click", () => choose(row.index));
      return Object.assign(row, { word: name, share });
    });
    const list = element("ol", { className: "bars" }, ...this.rows.map((row) => element("li", {}, row)));
    list.setAttribute("aria-label", "Probabilities");
    root.append(list);
  }

  find(selector) {
    return this.root.querySelector(selector);
  }

  // `answer` holds probabilities or one number, or is undefined; `truth` a class or a number, if it is known.
  show(answer, truth, about) {
    const { names, regression } = this.page;
    const best = answer ? answer.indexOf(Math.max(...answer)) : -1;
    this.find("output").textContent = !answer ? "–" : regression ? inUnit(answer[0]) : names[best];
    this.find(".sure").textContent = !answer ? "" : regression ? names[0] : `${percent(answer[best])} sure`;
    const known = answer && truth !== undefined;
    const correct = known && !regression && best === truth;
    const words = regression ? `True value: ${inUnit(truth ?? 0)}` : correct ? "✓ Correct" : `✗ Wrong: it is ${names[truth]}`;
    this.find(".truth").textContent = known ? words : "";
    this.find(".truth").className = `truth ${regression ? "" : correct ? "is-right" : "is-wrong"}`;
    if (regression) this.showScale(answer, known ? truth : undefined);
    else this.showBars(answer, best, about);
  }

  showBars(answer, best, about) {
    const { names } = this.page;
    let order = [...names.keys()];
    if (names.length > MOST_BARS && answer) order.sort((one, other) => answer[other] - answer[one]);
    this.rows.forEach((row, place) => {
      const index = (row.index = order[place]);
      row.word.textContent = names[index];
      row.share.textContent = answer ? percent(answer[index]) : "";
      row.style.setProperty("--share", answer ? answer[index] : 0);
      if (this.page.kind === "points") row.style.setProperty("--ink", `var(--class-${index})`);
      row.classList.toggle("best", index === best);
      row.ariaPressed = index === about;
      row.title = `What contributes to “${names[index]}”`;
    });
  }

  showScale(answer, truth) {
    const { low, high } = this.page.target;
    const place = (value) => `${100 * Math.min(1, Math.max(0, (value - low) / (high - low || 1)))}%`;
    this.scale.ariaLabel = answer ? `${inUnit(answer[0])} on a scale from ${inUnit(low)} to ${inUnit(high)}` : "No answer";
    this.scale.firstChild.style.width = answer ? place(answer[0]) : 0;
    this.scale.lastChild.hidden = truth === undefined;
    this.scale.lastChild.style.left = place(truth ?? low);
  }
}

// A number to be predicted, rounded as everywhere in the program.
function inUnit(value) {
  const unit = 10 ** page.target.decimals;
  return (Math.round(value * unit) / unit).toLocaleString("en", { maximumSignificantDigits: 15 }).replace("-", "−");
}
