# Makes dossierd.conf(5) from what `dossierd config-sample` prints. Set: version.
BEGIN {
	print ".TH DOSSIERD.CONF 5 \"\" \"Dossier " version "\" \"File formats\""
	print ".SH NAME\ndossierd.conf \\- settings of the Dossier server"
	print ".SH DESCRIPTION"
	print "Read by\n.BR dossierd (8)\nfrom its data directory when it starts and at SIGHUP."
	print "Sections in brackets, then lines of the form\n.IR \"key\" \" = \" \"value\" ."
	print "A line that begins with # is a comment. Values are checked whole before any is used:"
	print "a file with one mistake is refused, with its line. All settings have defaults."
}
function text(line) {
	gsub(/\\/, "\\e", line)
	gsub(/-/, "\\-", line)
	return line
}
/^\[/ {
	print ".SH SECTION " toupper($0)
	begun = 1
	told = ""
	next
}
begun && /^# / {
	line = text(substr($0, 3))
	if (told == "") # what it is, as a sentence
		line = toupper(substr(line, 1, 1)) substr(line, 2) "."
	told = told line "\n"
	next
}
begun && /^#[a-z]/ {
	split(substr($0, 2), pair, " = ")
	value = substr($0, length(pair[1]) + 5)
	printf ".TP\n.B %s\n%sDefault:\n.BR \"%s\" .\n", text(pair[1]), told, text(value)
	told = ""
}
END { print ".SH SEE ALSO\n.BR dossierd (8)" }
