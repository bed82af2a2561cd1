//! Secrets that are known by their own shape.

use std::ops::Range;

use super::{Scan, is_word};

/// How tokens begin, and how many characters follow at least. The list is of those that services say are theirs,
/// in order of their bytes.
const TOKENS: &[(&[u8], usize)] = &[
    (b"AGE-SECRET-KEY-1", 20),
    (b"AIza", 30),
    (b"AKIA", 16),
    (b"ASIA", 16),
    (b"ATATT3", 30),
    (b"EAACEdEose0cBA", 10),
    (b"GOCSPX-", 20),
    (b"NRAK-", 20),
    (b"PMAK-", 20),
    (b"SG.", 40),
    (b"dapi", 32),
    (b"dckr_pat_", 20),
    (b"dop_v1_", 32),
    (b"dp.pt.", 30),
    (b"eyJ", 30),
    (b"gho_", 20),
    (b"ghp_", 20),
    (b"ghr_", 20),
    (b"ghs_", 20),
    (b"ghu_", 20),
    (b"github_pat_", 20),
    (b"gldt-", 16),
    (b"glpat-", 16),
    (b"glptt-", 16),
    (b"glrt-", 16),
    (b"hf_", 30),
    (b"hvb.", 20),
    (b"hvs.", 20),
    (b"lin_api_", 20),
    (b"npm_", 30),
    (b"pypi-", 40),
    (b"rk_live_", 16),
    (b"rk_test_", 16),
    (b"rubygems_", 30),
    (b"shpat_", 20),
    (b"shpca_", 20),
    (b"shppa_", 20),
    (b"shpss_", 20),
    (b"sk-", 32),
    (b"sk_live_", 16),
    (b"sk_test_", 16),
    (b"sntrys_", 20),
    (b"tfp_", 30),
    (b"whsec_", 16),
    (b"xapp-", 16),
    (b"xoxa-", 16),
    (b"xoxb-", 16),
    (b"xoxe-", 16),
    (b"xoxp-", 16),
    (b"xoxr-", 16),
    (b"xoxs-", 16),
    (b"ya29.", 20),
];

/// No token is shorter, with what it begins with.
const SHORTEST: usize = 20;

/// Where Slack's web hooks stand; what follows is the secret.
const HOOK: &[u8] = b"hooks.slack.com/services/";

impl Scan<'_> {
    /// The token that begins here.
    pub(super) fn shaped(&self, at: usize) -> Option<Range<usize>> {
        // Most words are too short.
        let is_of_one =
            |at: usize| self.get(at).is_some_and(|byte| is_word(byte) || b"-./+~".contains(&byte));
        if !is_of_one(at + SHORTEST - 1) || !is_of_one(at + SHORTEST / 2) {
            return None;
        }
        self.known_token(at).or_else(|| self.random_token(at))
    }

    fn known_token(&self, at: usize) -> Option<Range<usize>> {
        let is_of_token =
            |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'~');
        let rest = &self.text[at..];
        if rest.starts_with(HOOK) {
            let start = at + HOOK.len();
            let length = self.count(start, |byte| byte.is_ascii_alphanumeric() || byte == b'/');
            return (length > 16).then_some(start..start + length);
        }
        let first = TOKENS.partition_point(|(start, _)| start[0] < rest[0]);
        let alike = TOKENS[first..].iter().take_while(|(start, _)| start[0] == rest[0]);
        let (start, least) = alike.into_iter().find(|(start, _)| rest.starts_with(start))?;
        let length = self.count(at + start.len(), is_of_token);
        let token = &rest[..start.len() + length];
        // A name has no digits, and an id of AWS no small letters.
        let is_one = match *start {
            b"AKIA" | b"ASIA" => token[..20.min(token.len())].iter().all(|byte| !byte.is_ascii_lowercase()),
            b"eyJ" => token.contains(&b'.'),
            _ => token[start.len()..].iter().any(u8::is_ascii_digit),
        };
        // A dot after it is the sentence's.
        let n_after = token.iter().rev().take_while(|byte| matches!(byte, b'.' | b'-' | b'~')).count();
        (length >= *least && is_one).then(|| at..at + token.len() - n_after)
    }

    /// Forty characters by chance, as AWS makes them: neither a digest, which has no large letters, nor a name.
    fn random_token(&self, at: usize) -> Option<Range<usize>> {
        let is_of_token = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'+');
        let is_around = |byte: u8| is_of_token(byte) || matches!(byte, b'_' | b'-' | b'.' | b'=');
        let is_apart = |at: Option<usize>| !at.and_then(|at| self.get(at)).is_some_and(is_around);
        // An escape before it is none of it.
        let before = at.checked_sub(1).filter(|_| !(at > 1 && self.text[at - 2] == b'\\'));
        if self.get(at + 39).is_none_or(|byte| !is_of_token(byte)) || !is_apart(before) {
            return None;
        }
        let token = &self.text[at..at + 40];
        let count = |of: fn(&u8) -> bool| token.iter().filter(|byte| of(byte)).count();
        let is_random = token.iter().all(|byte| is_of_token(*byte))
            && count(u8::is_ascii_digit) >= 2
            && count(u8::is_ascii_uppercase) >= 5
            && count(u8::is_ascii_lowercase) >= 5;
        (is_random && is_apart(Some(at + 40))).then_some(at..at + 40)
    }

    /// A private key in PEM: everything between its first line and its last one.
    pub(super) fn private_key(&mut self, at: usize) -> usize {
        let head = at + "-----BEGIN ".len();
        let length =
            self.count(head, |byte| byte.is_ascii_uppercase() || byte == b' ' || byte.is_ascii_digit());
        let name = &self.text[head..head + length];
        if !name.ends_with(b"PRIVATE KEY") && !name.ends_with(b"PRIVATE KEY BLOCK") {
            return head;
        }
        let start = head + length + self.count(head + length, |byte| byte == b'-');
        let end = match self.find(start, b"-----END ") {
            Some(end) => end,
            // Cut short: as far as it may be one.
            None => {
                let is_of_key = |byte: u8| {
                    byte.is_ascii_alphanumeric() || byte.is_ascii_whitespace() || b"+/=\\\"'".contains(&byte)
                };
                start + self.count(start, is_of_key)
            }
        };
        self.found.push(start..end);
        end
    }

    /// What stands after `Bearer`.
    pub(super) fn bearer(&mut self, at: usize) {
        let start = self.past_blanks(at);
        let is_of_token = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte);
        let length = self.count(start, is_of_token);
        let token = &self.text[start..start + length];
        if start > at && (length >= 20 || length >= 8 && token.iter().any(u8::is_ascii_digit)) {
            self.found.push(start..start + length);
        }
    }
}
