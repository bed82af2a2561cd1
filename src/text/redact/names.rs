//! Names of variables, keys and columns whose values are secrets.

/// As many bytes of a name are looked at.
pub(super) const LONGEST: usize = 48;

/// How a secret's name ends, in small letters and without `_` and `-`.
const ENDS: &[&[u8]] = &[
    b"password",
    b"passwd",
    b"pwd",
    b"passphrase",
    b"passcode",
    b"secret",
    b"token",
    b"apikey",
    b"accesskey",
    b"accountkey",
    b"authkey",
    b"cipherkey",
    b"clientkey",
    b"cookiekey",
    b"cryptkey",
    b"cryptokey",
    b"encryptionkey",
    b"fernetkey",
    b"hmackey",
    b"jwtkey",
    b"licensekey",
    b"masterkey",
    b"privatekey",
    b"secretkey",
    b"servicekey",
    b"sessionkey",
    b"sharedkey",
    b"signingkey",
    b"webhookkey",
    b"credential",
    b"credentials",
    b"passwordhash",
    b"passworddigest",
    b"passwordsalt",
    b"authorization",
];

/// Ends that count as words of their own only, in small letters.
const LAST_WORDS: &[&[u8]] = &[b"pass", b"pw", b"salt"];

/// What is a secret in the query of an address, beside those.
const IN_QUERY: &[&[u8]] = &[b"key", b"pass", b"pw", b"sig", b"signature", b"auth"];

/// Whether a name may be that of a secret, or of several, by its last two letters: most are not.
pub(super) fn may_be_one(name: &[u8]) -> bool {
    let [.., a, b] = name else { return false };
    match b | 0x20 {
        b'd' => matches!(a | 0x20, b'r' | b'w'),
        b'e' => matches!(a | 0x20, b's' | b'd' | b'r'),
        b't' => matches!(a | 0x20, b'e' | b's' | b'l'),
        b'n' => matches!(a | 0x20, b'e' | b'o'),
        b'h' => matches!(a | 0x20, b's' | b't'),
        b's' => matches!(a | 0x20, b's' | b'l' | b'd' | b'e' | b't' | b'n' | b'y' | b'h'),
        b'y' => a | 0x20 == b'e',
        b'l' => a | 0x20 == b'a',
        b'w' => a | 0x20 == b'p',
        b'g' => a | 0x20 == b'i',
        _ => false,
    }
}

/// Whether a name is that of a secret.
pub(super) fn is_one(name: &[u8]) -> bool {
    let small = plain(name);
    let last = small.last();
    ENDS.iter().any(|end| end.last() == last && small.ends_with(end))
        || LAST_WORDS.iter().any(|word| {
            let before = name.len().checked_sub(word.len() + 1).map(|at| name[at]);
            matches!(before, Some(b'_' | b'-')) && small.ends_with(word)
        })
        || small == b"pass"
        || small == b"pw"
}

/// Whether it is that of several: `PASSWORDS`.
pub(super) fn is_of_several(name: &[u8]) -> bool {
    name.strip_suffix(b"s").or_else(|| name.strip_suffix(b"S")).is_some_and(is_one)
}

/// Whether it is one in the query of an address.
pub(super) fn is_one_in_query(name: &[u8]) -> bool {
    let small = plain(name);
    IN_QUERY.iter().any(|word| small == *word) || small.ends_with(b"key") && name.len() > small.len()
}

/// Whether it is what SQL and prose call a password.
pub(super) fn is_password(name: &[u8]) -> bool {
    let small = plain(name);
    [&b"password"[..], b"passwd", b"pwd", b"passphrase"].iter().any(|word| small.ends_with(word))
}

/// Whether it is that of a user with a password: `auth=('user', 'password')`.
pub(super) fn is_pair(name: &[u8]) -> bool {
    let small = plain(name);
    small.ends_with(b"auth") || small == b"credentials"
}

/// A name in small letters and without what joins its words.
pub(super) fn plain(name: &[u8]) -> Vec<u8> {
    name.iter().filter(|byte| !matches!(byte, b'_' | b'-')).map(u8::to_ascii_lowercase).collect()
}
