# Control lines (docs/protocol.md): 0x1e, a token, a space, one JSON object, a newline. The JSON is made of judged
# words and numbers only, so nothing in it needs escaping.

# event TOKEN NAME FIELDS: prints one control line; FIELDS begins with a comma or is empty.
event() {
	printf '\036%s %s\n' "$1" "$(object "$2" "$3")"
}

object() {
	# once more, since what ends a step may hit this
	stamp=$(date -u +%Y-%m-%dT%H:%M:%SZ) || stamp=$(date -u +%Y-%m-%dT%H:%M:%SZ)
	printf '{"event":"%s","time":"%s"%s}' "$1" "$stamp" "$2"
}

new_token() {
	od -An -N16 -tx1 /dev/urandom | tr -d ' \n'
}
