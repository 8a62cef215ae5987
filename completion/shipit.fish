# Completion of shipit for fish: `shipit completion fish` prints it. fish takes away quotes and expands nothing; it quotes what it
# inserts by itself.
function __shipit_complete
	set -l words (commandline --current-process --tokenize --cut-at-cursor)
	set -l current (commandline --current-token --cut-at-cursor)
	set -l answer (command shipit completion --answer fish -- $words[2..-1] "$current" </dev/null 2>/dev/null)
	if test "$answer" = \t'files'
		__fish_complete_path "$current"
	else if set -q answer[1]
		printf '%s\n' $answer
	end
end
complete --command shipit --no-files --arguments '(__shipit_complete)'
