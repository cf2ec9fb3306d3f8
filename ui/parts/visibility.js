// Tells the page's script when its tab is hidden, and when it can be seen again.

export default function watch({ parentElement: root, setStateValue }) {
  const say = () => {
    if (document.hidden === Boolean(root.saidHidden)) return;
    root.saidHidden = document.hidden;
    setStateValue("hidden", document.hidden);
  };
  root.leave?.();
  root.leave = () => document.removeEventListener("visibilitychange", say);
  document.addEventListener("visibilitychange", say);
  say();
  return root.leave;
}
