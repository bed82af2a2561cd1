//! A small server of static files for this machine alone.

use std::fs;
use std::io::{BufRead as _, BufReader, ErrorKind, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::process::{Failure, say};

/// Trunk's own, so that the address does not depend on the command.
pub(crate) const DEFAULT_PORT: u16 = 8080;

/// How many ports are tried when the one asked for is taken.
const PORTS: u16 = 20;

/// The longest request that is read: a browser's is far shorter.
const LONGEST_REQUEST: u64 = 64 * 1024;

/// Serves a folder until it is stopped.
pub(crate) fn serve(folder: &Path, port: u16) -> Result<(), Failure> {
    let listener = listen(port)?;
    let address =
        listener.local_addr().map_err(|error| Failure::new(format!("no address to serve on: {error}")))?;
    if port != 0 && address.port() != port {
        say(format_args!("port {port} is taken"));
    }
    println!("\n    rechain is at http://{address}/    (Ctrl+C stops it)\n");
    for connection in listener.incoming() {
        // A connection that failed before it was made concerns nobody but the browser, which tries again.
        let Ok(connection) = connection else { continue };
        let folder = folder.to_path_buf();
        std::thread::spawn(move || {
            // The browser has gone away: there is nobody left to tell.
            answer(&connection, &folder).ok();
        });
    }
    Ok(())
}

fn listen(port: u16) -> Result<TcpListener, Failure> {
    let last = if port == 0 { 0 } else { port.saturating_add(PORTS - 1) };
    let mut reason = None;
    for candidate in port..=last {
        match TcpListener::bind((Ipv4Addr::LOCALHOST, candidate)) {
            Ok(listener) => return Ok(listener),
            // A port below 1024, or one that the system keeps for itself: the next may do.
            Err(error) if matches!(error.kind(), ErrorKind::AddrInUse | ErrorKind::PermissionDenied) => {
                reason = Some(error);
            }
            Err(error) => return Err(Failure::new(format!("cannot serve on port {candidate}: {error}"))),
        }
    }
    let reason = reason.map_or_else(String::new, |error| format!(" ({error})"));
    Err(Failure::new(format!("no port from {port} to {last} is free{reason}: choose one with --port N")))
}

fn answer(connection: &TcpStream, folder: &Path) -> std::io::Result<()> {
    connection.set_read_timeout(Some(Duration::from_secs(30)))?;
    let mut reader = BufReader::new(connection.take(LONGEST_REQUEST));
    let mut first = String::new();
    reader.read_line(&mut first)?;
    let mut header = String::new();
    while reader.read_line(&mut header)? > 2 {
        header.clear();
    }
    let Answer { status, mime, body } = look_up(&first, folder);
    let mut writer = connection;
    write!(
        writer,
        "HTTP/1.1 {status}\r\nContent-Type: {mime}\r\nContent-Length: {}\r\nCache-Control: no-store\r\n\
         X-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n",
        body.len()
    )?;
    if !first.starts_with("HEAD ") {
        writer.write_all(&body)?;
    }
    writer.flush()
}

struct Answer {
    status: &'static str,
    mime: &'static str,
    body: Vec<u8>,
}

/// The answer to a request, given its first line.
fn look_up(line: &str, folder: &Path) -> Answer {
    let says = |status: &'static str, text: &str| Answer {
        status,
        mime: "text/plain; charset=utf-8",
        body: format!("{text}\n").into_bytes(),
    };
    let mut words = line.split_whitespace();
    let (Some(method), Some(target)) = (words.next(), words.next()) else {
        return says("400 Bad Request", "this is not a request");
    };
    if method != "GET" && method != "HEAD" {
        return says("405 Method Not Allowed", "only GET and HEAD are served");
    }
    let Some(mut path) = file_path(target, folder) else {
        return says("400 Bad Request", "this is not a path inside the page");
    };
    if path.is_dir() {
        path.push("index.html");
    }
    match fs::read(&path) {
        Ok(body) => Answer { status: "200 OK", mime: mime(&path), body },
        Err(_) => says("404 Not Found", "the page has no such file"),
    }
}

/// The file that a request means, or `None` when it points outside of the folder.
fn file_path(target: &str, folder: &Path) -> Option<PathBuf> {
    let path = target.split(['?', '#']).next().unwrap_or_default();
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digits = [rest.next()?, rest.next()?];
            bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    let path = String::from_utf8(bytes).ok()?;
    let mut file = folder.to_path_buf();
    for part in path.strip_prefix('/')?.split('/').filter(|part| !part.is_empty()) {
        if part.starts_with('.') || part.contains(['\\', ':', '\0']) {
            return None;
        }
        file.push(part);
    }
    Some(file)
}

/// A browser refuses scripts, styles and streamed wasm under another type.
fn mime(path: &Path) -> &'static str {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("wasm") => "application/wasm",
        Some("json" | "map") => "application/json",
        Some("webmanifest") => "application/manifest+json",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("ico") => "image/x-icon",
        Some("zip") => "application/zip",
        Some("txt" | "md" | "py" | "ini" | "toml") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_stay_inside_the_folder() {
        let folder = Path::new("dist");
        for (target, file) in [
            ("/", Some("dist")),
            ("/a/b.js?x=1#y", Some("dist/a/b.js")),
            ("/a%20b.css", Some("dist/a b.css")),
            ("//a", Some("dist/a")),
            ("/../secret", None),
            ("/%2e%2e/secret", None),
            ("/a/..%5csecret", None),
            ("/C:/secret", None),
            ("/.git/config", None),
            ("/%zz", None),
            ("/%2", None),
            ("a", None),
        ] {
            assert_eq!(file_path(target, folder), file.map(PathBuf::from), "{target}");
        }
    }

    #[test]
    fn a_taken_port_is_passed_over() {
        let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let port = taken.local_addr().expect("its address").port();
        let other = listen(port).expect("another port").local_addr().expect("its address").port();
        assert_ne!(port, other);
    }

    #[test]
    fn answers_carry_the_right_status_and_type() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
        for (line, status, mime) in [
            ("GET /boot.js HTTP/1.1", "200 OK", "text/javascript; charset=utf-8"),
            ("HEAD /boot.js HTTP/1.1", "200 OK", "text/javascript; charset=utf-8"),
            ("GET /none.js HTTP/1.1", "404 Not Found", "text/plain; charset=utf-8"),
            ("POST /boot.js HTTP/1.1", "405 Method Not Allowed", "text/plain; charset=utf-8"),
            ("", "400 Bad Request", "text/plain; charset=utf-8"),
        ] {
            let answer = look_up(line, folder);
            assert_eq!((answer.status, answer.mime), (status, mime), "{line}");
        }
        assert_eq!(mime(Path::new("a_bg.wasm")), "application/wasm");
    }
}
