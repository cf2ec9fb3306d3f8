// Draws training images before and after augmentation. Each call gets both.

export default function show({ data, parentElement }) {
  parentElement.querySelector(".mlp-augmentation").classList.toggle("gray", data.gray);
  for (const name of ["before", "after"]) {
    const image = parentElement.querySelector(`.${name}`);
    const { picture, ratio } = data[name];
    image.style.setProperty("--pictures", `url(${picture})`);
    image.style.aspectRatio = ratio;
  }
  parentElement.querySelector(".after").ariaLabel = data.words;
}
