// Has the page's script run again when the theme changes: for pictures that the server draws in its colors.

import { themeOf } from "./plots.js";

export default function watch({ parentElement: root, setTriggerValue }) {
  const theme = themeOf(root)?.key;
  if (theme && root.theme && theme !== root.theme) setTriggerValue("changed", true);
  root.theme = theme ?? root.theme;
}
