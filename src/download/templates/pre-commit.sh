#!/bin/sh
# Stops a commit or a merge that would break the chain of database migrations. Written by rechain.
#
# Install:  cp pre-commit .git/hooks/pre-commit && chmod +x .git/hooks/pre-commit
#           cp -p .git/hooks/pre-commit .git/hooks/pre-merge-commit
# The second is what git runs for a merge without conflicts, which is where a second head comes from.
# Once:     git commit --no-verify  commits without it.
#
# It checks what is about to be committed, not what lies in the working tree: the index is written to a temporary
# folder and audited there. Nothing is run but git and rechain, and no file of yours is changed.
set -eu

# The folder of the project inside the repository.
project=${RECHAIN_PROJECT:-.}
rechain=${RECHAIN:-rechain}

# Nothing that an audit reads is part of this commit.
if git diff --cached --quiet -- '*.py' '*.ini' '*.cfg' '*.toml' '*.mako'; then
    exit 0
fi

if ! command -v "$rechain" >/dev/null 2>&1; then
    echo "pre-commit: rechain was not found, so the migrations cannot be checked." >&2
    echo "pre-commit: install it from a checkout of its source: cargo install --locked --path PATH/TO/rechain" >&2
    echo "pre-commit: or set RECHAIN to where it is." >&2
    exit 1
fi

snapshot=$(mktemp -d)
trap 'rm -rf "$snapshot"' EXIT
trap 'exit 1' HUP INT TERM

git ls-files -z -- '*.py' '*.ini' '*.cfg' '*.toml' '*.mako' '*.txt' '*.in' '*Pipfile' |
    git checkout-index -z --stdin --quiet --prefix="$snapshot/"

if [ ! -d "$snapshot/$project" ]; then
    echo "pre-commit: the project folder $project is not in this commit; set RECHAIN_PROJECT." >&2
    exit 1
fi

if "$rechain" check "$snapshot/$project"; then
    exit 0
fi
echo "pre-commit: the commit was stopped; see above." >&2
exit 1
