//! The page's entry; the engine is `rechain-engine`, the command line is `rechain`.

fn main() {
    rechain::ui::start();
}
