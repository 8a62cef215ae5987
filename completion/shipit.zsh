#compdef shipit
# Completion of shipit for zsh: `shipit completion zsh` prints it. `(Q)` takes away quotes and expands nothing; what shipit answers
# is taken as words.
_shipit() {
	local line about
	local -a given values shown long
	(( CURRENT > 2 )) && given=("${(@Q)words[2,CURRENT-1]}")
	given+=("${(Q)PREFIX}")
	while IFS= read -r line; do
		if [[ $line == $'\tfiles' ]]; then
			compset -P '--*='
			_files
			return
		fi
		about=${line#*$'\t'}
		# one a line, where there is something to say of one
		[[ -n $about ]] && long=(-l)
		values+=("${line%%$'\t'*}")
		shown+=("${line%%$'\t'*}${about:+  -- $about}")
	done < <(command shipit completion --answer zsh -- "${given[@]}" </dev/null 2>/dev/null)
	compset -P '--*='
	compadd $long -d shown -a values
}
# loaded by compinit it is called at once
if [[ $funcstack[1] == _shipit ]]; then
	_shipit "$@"
else
	compdef _shipit shipit
fi
