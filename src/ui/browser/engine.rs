//! The engine's module and the worker it runs in.
//!
//! A page's policy does not bind a worker that is loaded from an address, but it does bind one made from a blob. So
//! the engine's glue is fetched as text and its module compiled here; then the network is locked by a second policy;
//! and only then the first worker is made, from a blob, with the module handed over in a message. From the lock on,
//! neither the page nor the worker can reach any network.

use js_sys::{Array, ArrayBuffer, Promise, WebAssembly};
use leptos::prelude::window;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, BlobPropertyBag, ErrorEvent, MessageEvent, Response, Url, Worker};

use crate::worker::{Reply, Request};

const GLUE: &str = "./rechain-engine.js";
const MODULE: &str = "./rechain-engine_bg.wasm";

/// The worker's own lines: the first message is the module, all others are the engine's.
const BOOT: &str = "\nself.onmessage = (event) => { self.onmessage = null; wasm_bindgen.initSync({ module: event.data }); };\n";

/// What remains allowed once everything is loaded; policies can only be narrowed, never widened.
const LOCK: &str = "default-src 'none'; script-src 'wasm-unsafe-eval'; worker-src blob:; img-src data: blob:; \
                    form-action 'none'; base-uri 'none'";

/// The page's icon, which cannot be fetched any more once the network is locked.
const ICON: &str = include_str!("../../../style/icon.svg");

/// The engine, ready to be started any number of times.
pub(in crate::ui) struct Engine {
    module: WebAssembly::Module,
    url: String,
    running: Option<Running>,
}

struct Running {
    worker: Worker,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_error: Closure<dyn FnMut(ErrorEvent)>,
}

impl Engine {
    /// Fetches and compiles the engine, then locks the network.
    pub(in crate::ui) async fn load() -> Result<Self, String> {
        // Both are under way before either is waited for.
        let (glue, module) = (window().fetch_with_str(GLUE), window().fetch_with_str(MODULE));
        let glue = text(&response(glue, GLUE).await?).await?;
        let module = compile(module).await?;
        lock_network()?;
        let options = BlobPropertyBag::new();
        options.set_type("text/javascript");
        let parts = Array::of2(&glue.into(), &BOOT.into());
        let blob = Blob::new_with_str_sequence_and_options(&parts, &options).map_err(|e| words(&e))?;
        let url = Url::create_object_url_with_blob(&blob).map_err(|e| words(&e))?;
        Ok(Self { module, url, running: None })
    }

    /// Ends what runs and starts afresh: `heard` gets every reply and what rode beside it, `broke` why it died.
    pub(in crate::ui) fn begin(
        &mut self,
        heard: impl Fn(Reply, JsValue) + 'static,
        broke: impl Fn(String) + 'static,
    ) -> Result<(), String> {
        self.end();
        let worker = Worker::new(&self.url).map_err(|e| words(&e))?;
        let on_message = Closure::new(move |event: MessageEvent| {
            let parts: Array = event.data().unchecked_into();
            let text = parts.get(0).as_string().unwrap_or_default();
            match serde_json::from_str(&text) {
                Ok(reply) => heard(reply, parts.get(1)),
                Err(problem) => leptos::logging::error!("a reply was not understood: {problem}"),
            }
        });
        let on_error = Closure::new(move |event: ErrorEvent| broke(event.message()));
        worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        worker.post_message(&self.module).map_err(|e| words(&e))?;
        self.running = Some(Running { worker, _on_message: on_message, _on_error: on_error });
        Ok(())
    }

    /// Ends what runs, in the middle of whatever it does.
    pub(in crate::ui) fn end(&mut self) {
        if let Some(running) = self.running.take() {
            running.worker.terminate();
        }
    }

    /// Sends a request, and beside it what cannot be written down.
    pub(in crate::ui) fn ask(&self, request: &Request, beside: &JsValue) {
        let Some(running) = &self.running else { return };
        let text = serde_json::to_string(request).expect("requests are plain data");
        if let Err(problem) = running.worker.post_message(&Array::of2(&text.into(), beside)) {
            leptos::logging::error!("a request was not sent: {}", words(&problem));
        }
    }
}

/// Says that from now on nothing may be fetched or sent.
fn lock_network() -> Result<(), String> {
    let document = leptos::prelude::document();
    // Browsers fetch the icon again when the address changes; from here on it is part of the page.
    if let Ok(Some(icon)) = document.query_selector("link[rel=icon]") {
        let address = format!("data:image/svg+xml,{}", js_sys::encode_uri_component(ICON));
        icon.set_attribute("href", &address).map_err(|e| words(&e))?;
    }
    let meta = document.create_element("meta").map_err(|e| words(&e))?;
    meta.set_attribute("http-equiv", "Content-Security-Policy").map_err(|e| words(&e))?;
    meta.set_attribute("content", LOCK).map_err(|e| words(&e))?;
    document.head().ok_or("the page has no head")?.append_child(&meta).map_err(|e| words(&e))?;
    Ok(())
}

async fn response(promise: Promise, name: &str) -> Result<Response, String> {
    let value =
        JsFuture::from(promise).await.map_err(|e| format!("{name} could not be fetched: {}", words(&e)))?;
    let response: Response = value.unchecked_into();
    if response.ok() {
        Ok(response)
    } else {
        Err(format!("{name} could not be fetched: status {}", response.status()))
    }
}

async fn text(response: &Response) -> Result<String, String> {
    let promise = response.text().map_err(|e| words(&e))?;
    JsFuture::from(promise)
        .await
        .map_err(|e| words(&e))?
        .as_string()
        .ok_or_else(|| format!("{GLUE} is not text"))
}

/// Compiles from bytes: a server that names the wrong media type for wasm does no harm.
async fn compile(promise: Promise) -> Result<WebAssembly::Module, String> {
    let response = response(promise, MODULE).await?;
    let bytes =
        JsFuture::from(response.array_buffer().map_err(|e| words(&e))?).await.map_err(|e| words(&e))?;
    let bytes: ArrayBuffer = bytes.unchecked_into();
    let module = JsFuture::from(WebAssembly::compile(&bytes)).await.map_err(|e| words(&e))?;
    Ok(module.unchecked_into())
}

/// What a thrown value says.
pub(super) fn words(value: &JsValue) -> String {
    let message = js_sys::Reflect::get(value, &"message".into()).ok().and_then(|message| message.as_string());
    message.or_else(|| value.as_string()).unwrap_or_else(|| format!("{value:?}"))
}
