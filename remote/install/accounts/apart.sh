# Apps are kept apart: an account runs one app's steps. Two that run as one account can rewrite each other's trees, history and logs, and
# use each other's root lines, so that both configs have to ask for that (sharedAccount).

# account_of APP: the account that runs an installed app; nothing if that is not known.
account_of() {
	[ ! -f "$APPS/$1/grants" ] || sed -n '/^deploys-as /{s/^deploys-as \([^ ]*\) .*/\1/p;q;}' "$APPS/$1/grants"
}

# check_apart: before anything is changed.
check_apart() {
	check_number "$ACCOUNT"
	now=$(account_of "$APP")
	if [ -n "$now" ] && [ "$now" != "$ACCOUNT" ]; then
		# what it wrote (a git config, releases, logs) is nothing that another account should run or believe
		die 1 "'$APP' runs as $now on this host, and the config now says $ACCOUNT: uninstall it first (--uninstall keeps what is published, and the history for root), then install it again; nothing was changed"
	fi
	SHARES_WITH=''
	for other in $(installed_apps | grep -vxF -e "$APP" | tr '\n' ' '); do
		! grep -qxF -e "account $ACCOUNT" -e "group $ACCOUNT" "$APPS/$other/grants" && ! grep -q "^person $ACCOUNT " "$APPS/$other/grants" ||
			die 1 "the app '$other' uses the name $ACCOUNT for something else: nothing was changed"
		other_account=$(account_of "$other")
		! has "$other_account" "$POLICY_GROUPS" ||
			die 1 "the group $other_account would allow the app '$other' to deploy this one: nothing was changed"
		[ "$other_account" = "$ACCOUNT" ] || continue
		if [ -n "$SHARED_ACCOUNT" ] && grep -qxF -e "deploys-as $ACCOUNT shared" "$APPS/$other/grants"; then
			SHARES_WITH="$SHARES_WITH $other"
			continue
		fi
		say "'$APP' would run as $ACCOUNT, which runs '$other' on this host: each could rewrite the other's trees, history and logs, and use its root lines."
		say "Give '$APP' an account of its own, in its deploy.config.ts:"
		printf "  account: 'deploy-%s',\n" "$APP"
		say 'or, if you accept that, add this line to the deploy.config.ts of both apps: sharedAccount: true'
		die 1 "$ACCOUNT runs '$other': nothing was changed"
	done
}

say_shared() {
	[ -z "$SHARES_WITH" ] ||
		say "$ACCOUNT also runs$SHARES_WITH (sharedAccount): each of these apps can rewrite the others' trees, history and logs, and use their root lines"
}
