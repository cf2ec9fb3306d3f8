// Colors as the style sheet has them, and canvases that are sharp on every screen.

const DARK = matchMedia("screen and (prefers-color-scheme: dark)"); // paper is light
const PAPER = matchMedia("print");
const STILL = matchMedia("(prefers-reduced-motion: reduce)");
const SHADES = 64;

let theme; // the colors of now

// Draws with the next frame or, while the page is printed, at once: there are no frames then.
const withNextFrame = (draw) => (PAPER.matches ? void draw() : requestAnimationFrame(draw));

function readTheme() {
  const style = getComputedStyle(document.documentElement);
  const names = ["text", "quiet", "background", "panel", "line", "accent", "wrong", "positive", "negative"];
  theme = Object.fromEntries(names.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
  theme.classes = Array.from({ length: 10 }, (_, index) => style.getPropertyValue(`--class-${index}`).trim());
  const ramp = (color) => Array.from({ length: SHADES }, (_, shade) => mix(theme.unlit, color, (shade / (SHADES - 1)) ** 0.8));
  theme.unlit = style.getPropertyValue("--unlit").trim();
  [theme.up, theme.down] = [ramp(theme.positive), ramp(theme.negative)];
}

// Colors are written #rrggbb.
const rgb = (color) => [1, 3, 5].map((place) => parseInt(color.slice(place, place + 2), 16));

function mix(one, other, share) {
  const [from, to] = [rgb(one), rgb(other)];
  return `#${from.map((part, place) => Math.round(part + share * (to[place] - part)).toString(16).padStart(2, "0")).join("")}`;
}

// The color of a value from −1, orange, over 0, unlit, to 1, blue.
function shadeOf(value) {
  const shade = Math.min(SHADES - 1, Math.round(Math.abs(value) * (SHADES - 1)));
  return (value < 0 ? theme.down : theme.up)[shade] ?? theme.unlit;
}

// Empties a canvas and returns its pen, which measures in the page's pixels.
function penOn(canvas) {
  const [width, height] = [canvas.clientWidth, canvas.clientHeight];
  const sharpness = devicePixelRatio;
  const size = [Math.round(width * sharpness), Math.round(height * sharpness)];
  if (canvas.width !== size[0] || canvas.height !== size[1]) [canvas.width, canvas.height] = size;
  const pen = canvas.getContext("2d");
  pen.setTransform(sharpness, 0, 0, sharpness, 0, 0);
  pen.clearRect(0, 0, width, height);
  pen.imageSmoothingEnabled = false;
  return { pen, width, height };
}

// A picture with a color [red, green, blue, alpha] for each pixel.
function imageOf(rows, columns, colorAt) {
  const canvas = Object.assign(document.createElement("canvas"), { width: columns, height: rows });
  const image = new ImageData(columns, rows);
  for (let place = 0; place < rows * columns; place++) image.data.set(colorAt(place), 4 * place);
  canvas.getContext("2d").putImageData(image, 0, 0);
  return canvas;
}

// A picture of an example: ink in the color of the text on paper or, if they are gray, as it is.
function exampleImage(page, pixels) {
  const [low, high] = page.range;
  const [red, green, blue] = rgb(theme.text);
  return imageOf(...page.shape, (place) => {
    const level = Math.round((255 * (pixels[place] - low)) / (high - low));
    return page.gray ? [level, level, level, 255] : [red, green, blue, level];
  });
}

function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

const percent = (share) => (share > 0.995 ? "> 99 %" : share < 0.005 ? "< 1 %" : `${Math.round(100 * share)} %`);
const short = (value) => value.toLocaleString("en", { maximumSignificantDigits: 4 }).replace("-", "−");
