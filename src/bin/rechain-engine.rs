//! The engine's entry, in a Web Worker; the page is `rechain-web`.

fn main() {
    rechain::worker::engine::start();
}
