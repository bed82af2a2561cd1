// Starts the page. It is a file because the page's policy forbids scripts inside the HTML.
// An element with `data-boot` says that the page is loading; here it goes, or says why nothing came.
const place = document.querySelector("[data-boot]");
try {
  const { default: init } = await import("./MAIN.js");
  await init({ module_or_path: new URL("./MAIN_bg.wasm", import.meta.url) });
  place?.remove();
} catch (error) {
  console.error(error);
  if (place) {
    place.textContent =
      "This page could not start: " + error + ". It needs a browser of 2023 or newer, with WebAssembly allowed.";
    place.setAttribute("role", "alert");
  }
}
