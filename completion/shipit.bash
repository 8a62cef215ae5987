# Completion of shipit for bash: `shipit completion bash` prints it. shipit gets the line as it stands, and its answer is taken as
# words: there is no `eval`, and nothing that was typed is expanded. Where there is no `compopt` (bash 3.2) no file is completed.
_shipit() {
	local word
	COMPREPLY=()
	while IFS= read -r word; do
		if [[ $word == $'\tfiles' ]]; then
			compopt -o default 2>/dev/null
		else
			COMPREPLY+=("$word")
		fi
	done < <(command shipit completion --answer bash -- "${COMP_LINE:0:COMP_POINT}" "$COMP_WORDBREAKS" </dev/null 2>/dev/null)
}
complete -F _shipit shipit
