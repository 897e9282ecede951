// Tells the page around an embedded form how tall the form is.

/** Sends the height of the document to the parent window now and whenever it changes; it is no secret, so any parent may hear it. */
export function followHeight(): void {
  if (parent === window) return;
  new ResizeObserver(() => {
    parent.postMessage({ type: "hearback:height", height: document.documentElement.offsetHeight }, "*");
  }).observe(document.documentElement);
}
