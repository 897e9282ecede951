// The script for pages elsewhere: puts the form where its own tag stands and keeps the frame as tall as the form.

const script = document.currentScript as HTMLScriptElement;
const { origin } = new URL(script.src);
const address = new URL("/embed", origin);
if (script.dataset.source) address.searchParams.set("source", script.dataset.source);
if (script.dataset.theme) address.searchParams.set("__theme", script.dataset.theme);

const frame = document.createElement("iframe");
frame.src = address.href;
frame.title = script.dataset.title ?? "Feedback form";
frame.style.cssText = "display:block;width:100%;height:40rem;border:0;color-scheme:normal";
script.after(frame);

addEventListener("message", ({ source, origin: from, data }) => {
  if (source !== frame.contentWindow || from !== origin || data?.type !== "hearback:height") return;
  const height = Number(data.height);
  if (height > 0 && height < 20_000) frame.style.height = `${Math.ceil(height)}px`;
});
