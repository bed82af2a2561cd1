/* Compiled by the set-up to see whether a compiler knows the target. */
int rechain_empty;
