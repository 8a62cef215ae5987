# Control lines (docs/protocol.md): 0x1e, a token, a space, one JSON object, a newline. The JSON is made of judged
# words and numbers only, so nothing in it needs escaping.

# event TOKEN NAME FIELDS: prints one control line; FIELDS begins with a comma or is empty.
event() {
	read_stamp
	printf '\036%s {"event":"%s","time":"%s"%s}\n' "$1" "$2" "$stamp" "$3"
}

# object NAME FIELDS: prints the JSON alone.
object() {
	read_stamp
	printf '{"event":"%s","time":"%s"%s}' "$1" "$stamp" "$2"
}

# read_stamp: sets stamp. What ends a step may hit the process that this needs: again, then.
read_stamp() {
	stamp=$(date -u +%Y-%m-%dT%H:%M:%SZ) || stamp=$(date -u +%Y-%m-%dT%H:%M:%SZ) || stamp=$(date -u +%Y-%m-%dT%H:%M:%SZ)
}

new_token() {
	od -An -N16 -tx1 /dev/urandom | tr -d ' \n'
}
