//! The address after `#`: what is on screen, never a word of what was dropped but ids.

use super::state::Selection;

/// What an address names; what it leaves out is as at first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Route {
    /// The environment, counted from 1.
    pub(super) environment: Option<usize>,
    /// The plan by its name, `chain` or `merge`, since another result may order its plans otherwise.
    pub(super) plan: Option<String>,
    /// What is picked out; findings are counted from 1 in the address only.
    pub(super) selection: Selection,
    /// Whether the sample is asked for.
    pub(super) sample: bool,
}

/// Reads an address; what is not understood is left out.
pub(super) fn parse(hash: &str) -> Route {
    let mut route = Route::default();
    for part in hash.trim_start_matches('#').split('&') {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        let value = decode(value);
        match name {
            "sample" => route.sample = true,
            "environment" => route.environment = value.parse().ok().filter(|&n| n > 0),
            "plan" => route.plan = Some(value),
            "finding" => {
                if let Some(index) = value.parse::<usize>().ok().and_then(|n| n.checked_sub(1)) {
                    route.selection = Selection::Finding(index);
                }
            }
            "revision" => route.selection = Selection::Revision(value.into()),
            _ => {}
        }
    }
    route
}

/// Writes an address; empty when everything is as at first.
pub(super) fn write(route: &Route) -> String {
    let mut parts = Vec::new();
    if let Some(n) = route.environment {
        parts.push(format!("environment={n}"));
    }
    if let Some(plan) = &route.plan {
        parts.push(format!("plan={}", encode(plan)));
    }
    match &route.selection {
        Selection::Nothing => {}
        Selection::Finding(index) => parts.push(format!("finding={}", index + 1)),
        Selection::Revision(id) => parts.push(format!("revision={}", encode(id))),
    }
    parts.join("&")
}

fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.') {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let hex = after.get(..2).and_then(|two| std::str::from_utf8(two).ok());
        let escaped = hex.and_then(|two| u8::from_str_radix(two, 16).ok()).filter(|_| *first == b'%');
        bytes.push(escaped.unwrap_or(*first));
        rest = if escaped.is_some() { &after[2..] } else { after };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_as_it_was_written() {
        let route = Route {
            environment: Some(2),
            plan: Some("merge".to_owned()),
            selection: Selection::Revision("a&b=<é>%".into()),
            sample: false,
        };
        assert_eq!(parse(&format!("#{}", write(&route))), route);
    }

    #[test]
    fn nonsense_is_left_out() {
        assert_eq!(parse("#environment=0&finding=0&x=%zz&%"), Route::default());
        assert_eq!(parse("#finding=3").selection, Selection::Finding(2));
        assert!(parse("#sample").sample);
        assert_eq!(write(&Route::default()), "");
    }
}
