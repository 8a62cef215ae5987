# Why something could not be written. It is told from the words of the program that could not, where it says so, with what there is.

# room_of WORDS FOLDER: sets ROOM to ': ' and the reason; empty if the words name none.
room_of() {
	ROOM=''
	case "$1" in
	# tar's short write, which the system calls no error
	*'No space left on device'* | *': Wrote only '*' bytes'*) ;;
	*'Disk quota exceeded'*)
		find_mount "$2"
		ROOM=": the disk quota of $ACCOUNT on $MOUNT is used up"
		return
		;;
	*'Read-only file system'*)
		find_mount "$2"
		ROOM=": $MOUNT is mounted read-only"
		return
		;;
	*) return 0 ;;
	esac
	find_mount "$2"
	# the number of files has a limit of its own
	inodes=$(tell_free -Pi "$2")
	if [ "${inodes%% *}" = 0 ]; then
		ROOM=": no inodes left on $MOUNT: it has too many files"
	else
		ROOM=": no space left on $MOUNT, $((FREE_KILOBYTES / 1024)) MB free"
	fi
}

# find_mount FOLDER: sets MOUNT, where its file system is mounted, and FREE_KILOBYTES, 0 where that is unknown.
find_mount() {
	mounted=$(tell_free -Pk "$1")
	MOUNT=${mounted#* }
	MOUNT=${MOUNT:-$1}
	FREE_KILOBYTES=${mounted%% *}
	is_number "$FREE_KILOBYTES" || FREE_KILOBYTES=0
}

# tell_free -Pk|-Pi FOLDER: prints what is free, and where it is mounted. Counted from the column in percent: the source, as that of a share,
# and the mount point may have blanks. Nothing where the file system tells no size.
tell_free() {
	df "$1" "$2" 2>/dev/null | sed -n 's/^.*[[:blank:]]\([0-9][0-9]*\)  *[0-9][0-9]*%  *\(.*\)$/\1 \2/p'
}
