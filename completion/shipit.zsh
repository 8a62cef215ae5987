#compdef shipit
# Completion of shipit for zsh: `shipit completion zsh` prints it. `(Q)` takes away quotes and expands nothing; what shipit answers
# is taken as words.
_shipit() {
	local line about
	local -a given values shown
	(( CURRENT > 2 )) && given=("${(@Q)words[2,CURRENT-1]}")
	given+=("${(Q)PREFIX}")
	while IFS= read -r line; do
		if [[ $line == $'\tfiles' ]]; then
			compset -P '--*='
			_files
			return
		fi
		about=${line#*$'\t'}
		values+=("${line%%$'\t'*}")
		shown+=("${line%%$'\t'*}${about:+  -- $about}")
	done < <(command shipit completion --answer zsh -- "${given[@]}" </dev/null 2>/dev/null)
	compset -P '--*='
	compadd -l -d shown -a values
}
# loaded by compinit it is called at once
if [[ $funcstack[1] == _shipit ]]; then
	_shipit "$@"
else
	compdef _shipit shipit
fi
