# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_chat_global_optspecs
    string join \n profile= json plain bell= keys-passphrase-file= timeout= h/help V/version
end

function __fish_chat_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_chat_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_chat_using_subcommand
    set -l cmd (__fish_chat_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c chat -n "__fish_chat_needs_command" -l profile -d 'Which account on this machine to use' -r
complete -c chat -n "__fish_chat_needs_command" -l bell -d 'Ring the terminal\'s bell when somebody mentions you' -r -f -a "auto\t'When the output is a terminal'
always\t'Always'
never\t'Never'"
complete -c chat -n "__fish_chat_needs_command" -l keys-passphrase-file -d 'Read the passphrase that closes this profile\'s keys from the first line of this file, - for stdin' -r -F
complete -c chat -n "__fish_chat_needs_command" -l timeout -d 'Seconds to wait for an answer' -r
complete -c chat -n "__fish_chat_needs_command" -l json -d 'Print JSON, one object a line'
complete -c chat -n "__fish_chat_needs_command" -l plain -d 'Chat line by line, for screen readers, pipes and simple terminals'
complete -c chat -n "__fish_chat_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c chat -n "__fish_chat_needs_command" -s V -l version -d 'Print version'
complete -c chat -n "__fish_chat_needs_command" -f -a "join" -d 'Make an account, with an invite or where the server takes everybody'
complete -c chat -n "__fish_chat_needs_command" -f -a "login" -d 'Log this device in with password and code'
complete -c chat -n "__fish_chat_needs_command" -f -a "logout" -d 'End this device\'s login and remove the account from this machine'
complete -c chat -n "__fish_chat_needs_command" -f -a "totp" -d 'Replace your authenticator with a new one'
complete -c chat -n "__fish_chat_needs_command" -f -a "send" -d 'Say something in a room'
complete -c chat -n "__fish_chat_needs_command" -f -a "tail" -d 'Print what is said, as it is said'
complete -c chat -n "__fish_chat_needs_command" -f -a "rooms" -d 'List your rooms; join, leave and make rooms, let people into sealed ones'
complete -c chat -n "__fish_chat_needs_command" -f -a "members" -d 'List who is in a room'
complete -c chat -n "__fish_chat_needs_command" -f -a "history" -d 'Print what was said'
complete -c chat -n "__fish_chat_needs_command" -f -a "search" -d 'Find words in what was said'
complete -c chat -n "__fish_chat_needs_command" -f -a "whoami" -d 'Print who you are on the server'
complete -c chat -n "__fish_chat_needs_command" -f -a "devices" -d 'List the devices that are logged in as you; approve one, or end its login'
complete -c chat -n "__fish_chat_needs_command" -f -a "verify" -d 'Compare keys with somebody, so that nobody stands in between'
complete -c chat -n "__fish_chat_needs_command" -f -a "keys" -d 'Look after this device\'s keys of sealed rooms: copy them, close them, start over'
complete -c chat -n "__fish_chat_needs_command" -f -a "status" -d 'Print what is set up here and whether the server answers'
complete -c chat -n "__fish_chat_needs_command" -f -a "report" -d 'Tell the moderators about messages or a person'
complete -c chat -n "__fish_chat_needs_command" -f -a "reports" -d 'List your reports and what became of them'
complete -c chat -n "__fish_chat_needs_command" -f -a "appeal" -d 'Answer a ban: ask the moderators to look at it again'
complete -c chat -n "__fish_chat_needs_command" -f -a "upload" -d 'Send files to a room or to one person'
complete -c chat -n "__fish_chat_needs_command" -f -a "download" -d 'Fetch a file'
complete -c chat -n "__fish_chat_needs_command" -f -a "reveal" -d 'Show what is hidden in an image'
complete -c chat -n "__fish_chat_needs_command" -f -a "run" -d 'Take JSON commands on stdin and print JSON events: for programs'
complete -c chat -n "__fish_chat_needs_command" -f -a "completions" -d 'Print what lets a shell complete this program\'s arguments'
complete -c chat -n "__fish_chat_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c chat -n "__fish_chat_using_subcommand join" -l server -d 'Where the server is, when it takes people without an invite' -r
complete -c chat -n "__fish_chat_using_subcommand join" -l server-key -d 'The key the server must show, from the operator' -r
complete -c chat -n "__fish_chat_using_subcommand join" -l name -d 'The name you want' -r
complete -c chat -n "__fish_chat_using_subcommand join" -l application -d 'What you tell the moderators, where they approve each account' -r
complete -c chat -n "__fish_chat_using_subcommand join" -l password-file -d 'Read the password from the first line of this file, - for stdin' -r -F
complete -c chat -n "__fish_chat_using_subcommand join" -l totp-secret-out -d 'Write the authenticator\'s secret to this file (0600) and confirm it without asking' -r -F
complete -c chat -n "__fish_chat_using_subcommand join" -l recovery-out -d 'Write the recovery codes to this file (0600)' -r -F
complete -c chat -n "__fish_chat_using_subcommand join" -l label -d 'What this device is called in your list of devices' -r
complete -c chat -n "__fish_chat_using_subcommand join" -l profile -d 'Which account on this machine to use' -r
complete -c chat -n "__fish_chat_using_subcommand join" -l bell -d 'Ring the terminal\'s bell when somebody mentions you' -r -f -a "auto\t'When the output is a terminal'
always\t'Always'
never\t'Never'"
complete -c chat -n "__fish_chat_using_subcommand join" -l keys-passphrase-file -d 'Read the passphrase that closes this profile\'s keys from the first line of this file, - for stdin' -r -F
complete -c chat -n "__fish_chat_using_subcommand join" -l timeout -d 'Seconds to wait for an answer' -r
complete -c chat -n "__fish_chat_using_subcommand join" -l json -d 'Print JSON, one object a line'
complete -c chat -n "__fish_chat_using_subcommand join" -l plain -d 'Chat line by line, for screen readers, pipes and simple terminals'
complete -c chat -n "__fish_chat_using_subcommand join" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c chat -n "__fish_chat_using_subcommand login" -l name -d 'Your name on the server' -r
complete -c chat -n "__fish_chat_using_subcommand login" -l server -d 'Where the server is, when this machine does not know it yet' -r
complete -c chat -n "__fish_chat_using_subcommand login" -l server-key -d 'The key the server must show, from `chat status` on another device or from the operator' -r
complete -c chat -n "__fish_chat_using_subcommand login" -l password-file -d 'Read the password from the first line of this file, - for stdin' -r -F
complete -c chat -n "__fish_chat_using_subcommand login" -l code -d 'The six digits your authenticator shows, or a recovery code' -r
complete -c chat -n "__fish_chat_using_subcommand login" -l totp-secret-file -d 'Make the code from the secret in this file' -r -F
complete -c chat -n "__fish_chat_using_subcommand login" -l label -d 'What this device is called in your list of devices' -r
complete -c chat -n "__fish_chat_using_subcommand login" -l profile -d 'Which account on this machine to use' -r
complete -c chat -n "__fish_chat_using_subcommand login" -l bell -d 'Ring the terminal\'s bell when somebody mentions you' -r -f -a "auto\t'When the output is a terminal'
always\t'Always'
never\t'Never'"
complete -c chat -n "__fish_chat_using_subcommand login" -l keys-passphrase-file -d 'Read the passphrase that closes this profile\'s keys from the first line of this file, - for stdin' -r -F
complete -c chat -n "__fish_chat_using_subcommand login" -l timeout -d 'Seconds to wait for an answer' -r
complete -c chat -n "__fish_chat_using_subcommand login" -l json -d 'Print JSON, one object a line'
complete -c chat -n "__fish_chat_using_subcommand login" -l plain -d 'Chat line by line, for screen readers, pipes and simple terminals'
complete -c chat -n "__fish_chat_using_subcommand login" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c chat -n "__fish_chat_using_subcommand logout" -l profile -d 'Which account on this machine to use' -r
complete -c chat -n "__fish_chat_using_subcommand logout" -l bell -d 'Ring the terminal\'s bell when somebody mentions you' -r -f -a "auto\t'When the output is a terminal'
always\t'Always'
never\t'Never'"
complete -c chat -n "__fish_chat_using_subcommand logout" -l keys-passphrase-file -d 'Read the passphrase that closes this profile\'s keys from the first line of this file, - for stdin' -r -F
complete -c chat -n "__fish_chat_using_subcommand logout" -l timeout -d 'Seconds to wait for an answer' -r
complete -c chat -n "__fish_chat_using_subcommand logout" -l force -d 'Also when messages are unsent or the server does not answer'
complete -c chat -n "__fish_chat_using_subcommand logout" -l json -d 'Print JSON, one object a line'
complete -c chat -n "__fish_chat_using_subcommand logout" -l plain -d 'Chat line by line, for screen readers, pipes and simple terminals'
complete -c chat -n "__fish_chat_using_subcommand logout" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c chat -n "__fish_chat_using_subcommand totp" -l password-file -d 'Read the password from the first line of this file, - for stdin' -r -F
complete -c chat -n "__fish_chat_using_subcommand totp" -l code -d 'The six digits your authenticator shows, or a recovery code' -r
complete -c chat -n "__fish_chat_using_subcommand totp" -l totp-secret-file -d 'Make the code from the secret in this file' -r -F
complete -c chat -n "__fish_chat_using_subcommand totp" -l totp-secret-out -d 'Write the new authenticator\'s secret to this file (0600) and confirm it without asking' -r -F
complete -c chat -n "__fish_chat_using_subcommand totp" -l recovery-out -d 'Write the new recovery codes to this file (0600)' -r -F
complete -c chat -n "__fish_chat_using_subcommand totp" -l profile -d 'Which account on this machine to use' -r
complete -c chat -n "__fish_chat_using_subcommand totp" -l bell -d 'Ring the terminal\'s bell when somebody mentions you' -r -f -a "auto\t'When the output is a terminal'
always\t'Always'
never\t'Never'"
complete -c chat -n "__fish_chat_using_subcommand totp" -l keys-passphrase-file -d 'Read the passphrase that closes this profile\'s keys from the first line of this file, - for stdin' -r -F
complete -c chat -n "__fish_chat_using_subcommand totp" -l timeout -d 'Seconds to wait for an answer' -r
complete -c chat -n "__fish_chat_using_subcommand totp" -l json -d 'Print JSON, one object a line'
complete -c chat -n "__fish_chat_using_subcommand totp" -l plain -d 'Chat line by line, for screen readers, pipes and simple terminals'
complete -c chat -n "__fish_chat_using_subcommand totp" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c chat -n "__fish_chat_using_subcommand send" -l room -d 'The room: ops, #ops, or @bob for a direct message' -r
complete -c chat -n "__fish_chat_using_subcommand send" -l reply-to -d 'The number of the message you reply to' -r
complete -c chat -n "__fish_chat_using_subcommand send" -l id -d '32 hex digits: sending again with the same id never doubles the message' -r
complete -c chat -n "__fish_chat_using_subcommand send" -l profile -d 'Which account on this machine to use' -r
complete -c chat -n "__fish_chat_using_subcommand send" -l bell -d 'Ring the terminal\'s bell when somebody mentions you' -r -f -a "auto\t'When the output is a terminal'
always\t'Always'
never\t'Never'"
complete -c chat -n "__fish_chat_using_subcommand send" -l keys-passphrase-file -d 'Read the passphrase that closes this profile\'s keys from the first line of this file, - for stdin' -r -F
complete -c chat -n "__fish_chat_using_subcommand send" -l timeout -d 'Seconds to wait for an answer' -r
complete -c chat -n "__fish_chat_using_subcommand send" -l lines -d 'Send each line of stdin as a message of its own'
complete -c chat -n "__fish_chat_using_subcommand send" -l keep -d 'Keep what was not accepted and send it with the next connection'
complete -c chat -n "__fish_chat_using_subcommand send" -l json -d 'Print JSON, one object a line'
complete -c chat -n "__fish_chat_using_subcommand send" -l plain -d 'Chat line by line, for screen readers, pipes and simple terminals'
complete -c chat -n "__fish_chat_using_subcommand send" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c chat -n "__fish_chat_using_subcommand tail" -l room -d 'Only these rooms; all of yours without it' -r
complete -c chat -n "__fish_chat_using_subcommand tail" -l since -d 'Start after this message of the room' -r
complete -c chat -n "__fish_chat_using_subcommand tail" -l last -d 'Start with the last so many messages of each room' -r
complete -c chat -n "__fish_chat_using_subcommand tail" -l count -d 'End after so many messages' -r
complete -c chat -n "__fish_chat_using_subcommand tail" -l profile -d 'Which account on this machine to use' -r
complete -c chat -n "__fish_chat_using_subcommand tail" -l bell -d 'Ring the terminal\'s bell when somebody mentions you' -r -f -a "auto\t'When the output is a terminal'
always\t'Always'
never\t'Never'"
complete -c chat -n "__fish_chat_using_subcommand tail" -l keys-passphrase-file -d 'Read the passphrase that closes this profile\'s keys from the first line of this file, - for stdin' -r -F
complete -c chat -n "__fish_chat_using_subcommand tail" -l timeout -d 'Seconds to wait for an answer' -r
complete -c chat -n "__fish_chat_using_subcommand tail" -l json -d 'Print JSON, one object a line'
complete -c chat -n "__fish_chat_using_subcommand tail" -l plain -d 'Chat line by line, for screen readers, pipes and simple terminals'
complete -c chat -n "__fish_chat_using_subcommand tail" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c chat -n "__fish_chat_using_subcommand rooms; and not __fish_seen_subcommand_from join leave create invite remove keys help" -l profile -d 'Which account on this machine to use' -r
complete -c chat -n "__fish_chat_using_subcommand rooms; and not __fish_seen_subcommand_from join leave create invite remove keys help" -l bell -d 'Ring the terminal\'s bell when somebody mentions you' -r -f -a "auto\t'When the output is a terminal'
always\t'Always'
never\t'Never'"
complete -c chat -n "__fish_chat_using_subcommand rooms; and not __fish_seen_subcommand_from join leave create invite remove keys help" -l keys-passphrase-file -d 'Read the passphrase that closes this profile\'s keys from the first line of this file, - for stdin' -r -F
complete -c chat -n "__fish_chat_using_subcommand rooms; and not __fish_seen_subcommand_from join leave create invite remove keys help" -l timeout -d 'Seconds to wait for an answer' -r
complete -c chat -n "__fish_chat_using_subcommand rooms; and not __fish_seen_subcommand_from join leave create invite remove keys help" -l all -d 'All open rooms of the server, not only yours'
complete -c chat -n "__fish_chat_using_subcommand rooms; and not __fish_seen_subcommand_from join leave create invite remove keys help" -l json -d 'Print JSON, one object a line'
complete -c chat -n "__fish_chat_using_subcommand rooms; and not __fish_seen_subcommand_from join leave create invite remove keys help" -l plain -d 'Chat line by line, for screen readers, pipes and simple terminals'
complete -c chat -n "__fish_chat_using_subcommand rooms; and not __fish_seen_subcommand_from join leave create invite remove keys help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c chat -n "__fish_chat_using_subcommand rooms; and not __fish_seen_subcommand_from join leave create invite remove keys help" -f -a "join" -d 'Join an open room'
complete -c chat -n "__fish_chat_using_subcommand rooms; and not __fish_seen_subcommand_from join leave create invite remove keys help" -f -a "leave" -d 'Leave a room'
complete -c chat -n "__fish_chat_using_subcommand rooms; and not __fish_seen_subcommand_from join leave create invite remove keys help" -f -a "create" -d 'Make a room and join it: an open one, or a sealed one'
complete -c chat -n "__fish_chat_using_subcommand rooms; and not __fish_seen_subcommand_from join leave create invite remove keys help" -f -a "invite" -d 'Let people into a sealed room, with all their devices'
complete -c chat -n "__fish_chat_using_subcommand rooms; and not __fish_seen_subcommand_from join leave create invite remove keys help" -f -a "remove" -d 'Put somebody out of a sealed room'
complete -c chat -n "__fish_chat_using_subcommand rooms; and not __fish_seen_subcommand_from join leave create invite remove keys help" -f -a "keys" -d 'Print who is in a sealed room, since when, and whether you can write'
complete -c chat -n "__fish_chat_using_subcommand rooms; and not __fish_seen_subcommand_from join leave create invite remove keys help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c chat -n "__fish_chat_using_subcommand rooms; and __fish_seen_subcommand_from join" -l profile -d 'Which account on this machine to use' -r
complete -c chat -n "__fish_chat_using_subcommand rooms; and __fish_seen_subcommand_from join" -l bell -d 'Ring the terminal\'s bell when somebody mentions you' -r -f -a "auto\t'When the output is a terminal'
always\t'Always'
never\t'Never'"
complete -c chat -n "__fish_chat_using_subcommand rooms; and __fish_seen_subcommand_from join" -l keys-passphrase-file -d 'Read the passphrase that closes this profile\'s keys from the first line of this file, - for stdin' -r -F
complete -c chat -n "__fish_chat_using_subcommand rooms; and __fish_seen_subcommand_from join" -l timeout -d 'Seconds to wait for an answer' -r
complete -c chat -n "__fish_chat_using_subcommand rooms; and __fish_seen_subcommand_from join" -l json -d 'Print JSON, one object a line'
complete -c chat -n "__fish_chat_using_subcommand rooms; and __fish_seen_subcommand_from join" -l plain -d 'Chat line by line, for screen readers, pipes and simple terminals'
complete -c chat -n "__fish_chat_using_subcommand rooms; and __fish_seen_subcommand_from join" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c chat -n "__fish_chat_using_subcommand rooms; and __fish_seen_subcommand_from leave" -l profile -d 'Which account on this machine to use' -r
complete -c chat -n "__fish_chat_using_subcommand rooms; and __fish_seen_subcommand_from leave" -l bell -d 'Ring the terminal\'s bell when somebody mentions you' -r -f -a "auto\t'When the output is a terminal'
always\t'Always'
never\t'Never'"
complete -c chat -n "__fish_chat_using_subcommand rooms; and __fish_seen_subcommand_from leave" -l keys-passphrase-file -d 'Read the passphrase that closes this profile\'s keys from the first line of this file, - for stdin' -r -F
complete -c chat -n "__fish_chat_using_subcommand rooms; and __fish_seen_subcommand_from leave" -l timeout -d 'Seconds to wait for an answer' -r
complete -c chat -n "__fish_chat_using_subcommand rooms; and __fish_seen_subcommand_from leave" -l json -d 'Print JSON, one object a line'
complete -c chat -n "__fish_chat_using_subcommand rooms; and __fish_seen_subcommand_from leave" -l plain -d 'Chat line by line, for screen readers, pipes and simple terminals'
complete -c chat -n "__fish_chat_using_subcommand rooms; and __fish_seen_subcommand_from leave" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c chat -n "__fish_chat_using_subcommand rooms; and __fish_seen_subcommand_from create" -l topic -d 'What it is about' -r
complete -c chat -n "__fish_chat_using_subcommand rooms; and __fish_seen_subcommand_from create" -l profile -d 'Which account on this machine to use' -r
complete -c chat -n "__fish_chat_using_subcommand rooms; and __fish_seen_subcommand_from create" -l bell -d 'Ring the terminal\'s bell when somebody mentions you' -r -f -a "auto\t'When the output is a terminal'
always\t'Always'
never\t'Never'"
complete -c chat -n "__fish_chat_using_subcommand rooms; and __fish_seen_subcommand_from create" -l keys-passphrase-file -d 'Read the passphrase that closes this profile\'s keys from the first line of this file, - for stdin' -r -F
complete -c chat -n "__fish_chat_using_subcommand rooms; and __fish_seen_subcommand_from create" -l timeout -d 'Seconds to wait for an answer' -r
complete -c chat -n "__fish_chat_using_subcommand rooms; and __fish_seen_subcommand_from create" -l sealed -d 'Only its members can read it: the server learns neither what is said nor the name'
complete -c chat -n "__fish_chat_using_subcommand rooms; and __fish_seen_subcommand_from create" -l json -d 'Print JSON, one object a line'
complete -c chat -n "__fish_chat_using_subcommand rooms; and __fish_seen_subcommand_from create" -l plain -d 'Chat line by line, for screen readers, pipes and simple terminals'
complete -c chat -n "__fish_chat_using_subcommand rooms; and __fish_seen_subcommand_from create" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c chat -n "__fish_chat_using_subcommand rooms; and __fish_seen_subcommand_from invite" -l profile -d 'Which account on this machine to use' -r
complete -c chat -n "__fish_chat_using_subcommand rooms; and __fish_seen_subcommand_from invite" -l bell -d 'Ring the terminal\'s bell when somebody mentions you' -r -f -a "auto\t'When the output is a terminal'
always\t'Always'
never\t'Never'"
complete -c chat -n "__fish_chat_using_subcommand rooms; and __fish_seen_subcommand_from invite" -l keys-passphrase-file -d 'Read the passphrase that closes this profile\'s keys from the first line of this file, - for stdin' -r -F
complete -c chat -n "__fish_chat_using_subcommand rooms; and __fish_seen_subcommand_from invite" -l timeout -d 'Seconds to wait for an answer' -r
complete -c chat -n "__fish_chat_using_subcommand rooms; and __fish_seen_subcommand_from invite" -l json -d 'Print JSON, one object a line'
complete -c chat -n "__fish_chat_using_subcommand rooms; and __fish_seen_subcommand_from invite" -l plain -d 'Chat line by line, for screen readers, pipes and simple terminals'
complete -c chat -n "__fish_chat_using_subcommand rooms; and __fish_seen_subcommand_from invite" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c chat -n "__fish_chat_using_subcommand rooms; and __fish_seen_subcommand_from remove" -l profile -d 'Which account on this machine to use' -r
complete -c chat -n "__fish_chat_using_subcommand rooms; and __fish_seen_subcommand_from remove" -l bell -d 'Ring the terminal\'s bell when somebody mentions you' -r -f -a "auto\t'When the output is a terminal'
always\t'Always'
never\t'Never'"
complete -c chat -n "__fish_chat_using_subcommand rooms; and __fish_seen_subcommand_from remove" -l keys-passphrase-file -d 'Read the passphrase that closes this profile\'s keys from the first line of this file, - for stdin' -r -F
complete -c chat -n "__fish_chat_using_subcommand rooms; and __fish_seen_subcommand_from remove" -l timeout -d 'Seconds to wait for an answer' -r
complete -c chat -n "__fish_chat_using_subcommand rooms; and __fish_seen_subcommand_from remove" -l json -d 'Print JSON, one object a line'
complete -c chat -n "__fish_chat_using_subcommand rooms; and __fish_seen_subcommand_from remove" -l plain -d 'Chat line by line, for screen readers, pipes and simple terminals'
complete -c chat -n "__fish_chat_using_subcommand rooms; and __fish_seen_subcommand_from remove" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c chat -n "__fish_chat_using_subcommand rooms; and __fish_seen_subcommand_from keys" -l profile -d 'Which account on this machine to use' -r
complete -c chat -n "__fish_chat_using_subcommand rooms; and __fish_seen_subcommand_from keys" -l bell -d 'Ring the terminal\'s bell when somebody mentions you' -r -f -a "auto\t'When the output is a terminal'
always\t'Always'
never\t'Never'"
complete -c chat -n "__fish_chat_using_subcommand rooms; and __fish_seen_subcommand_from keys" -l keys-passphrase-file -d 'Read the passphrase that closes this profile\'s keys from the first line of this file, - for stdin' -r -F
complete -c chat -n "__fish_chat_using_subcommand rooms; and __fish_seen_subcommand_from keys" -l timeout -d 'Seconds to wait for an answer' -r
complete -c chat -n "__fish_chat_using_subcommand rooms; and __fish_seen_subcommand_from keys" -l json -d 'Print JSON, one object a line'
complete -c chat -n "__fish_chat_using_subcommand rooms; and __fish_seen_subcommand_from keys" -l plain -d 'Chat line by line, for screen readers, pipes and simple terminals'
complete -c chat -n "__fish_chat_using_subcommand rooms; and __fish_seen_subcommand_from keys" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c chat -n "__fish_chat_using_subcommand rooms; and __fish_seen_subcommand_from help" -f -a "join" -d 'Join an open room'
complete -c chat -n "__fish_chat_using_subcommand rooms; and __fish_seen_subcommand_from help" -f -a "leave" -d 'Leave a room'
complete -c chat -n "__fish_chat_using_subcommand rooms; and __fish_seen_subcommand_from help" -f -a "create" -d 'Make a room and join it: an open one, or a sealed one'
complete -c chat -n "__fish_chat_using_subcommand rooms; and __fish_seen_subcommand_from help" -f -a "invite" -d 'Let people into a sealed room, with all their devices'
complete -c chat -n "__fish_chat_using_subcommand rooms; and __fish_seen_subcommand_from help" -f -a "remove" -d 'Put somebody out of a sealed room'
complete -c chat -n "__fish_chat_using_subcommand rooms; and __fish_seen_subcommand_from help" -f -a "keys" -d 'Print who is in a sealed room, since when, and whether you can write'
complete -c chat -n "__fish_chat_using_subcommand rooms; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c chat -n "__fish_chat_using_subcommand members" -l room -d 'The room' -r
complete -c chat -n "__fish_chat_using_subcommand members" -l profile -d 'Which account on this machine to use' -r
complete -c chat -n "__fish_chat_using_subcommand members" -l bell -d 'Ring the terminal\'s bell when somebody mentions you' -r -f -a "auto\t'When the output is a terminal'
always\t'Always'
never\t'Never'"
complete -c chat -n "__fish_chat_using_subcommand members" -l keys-passphrase-file -d 'Read the passphrase that closes this profile\'s keys from the first line of this file, - for stdin' -r -F
complete -c chat -n "__fish_chat_using_subcommand members" -l timeout -d 'Seconds to wait for an answer' -r
complete -c chat -n "__fish_chat_using_subcommand members" -l json -d 'Print JSON, one object a line'
complete -c chat -n "__fish_chat_using_subcommand members" -l plain -d 'Chat line by line, for screen readers, pipes and simple terminals'
complete -c chat -n "__fish_chat_using_subcommand members" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c chat -n "__fish_chat_using_subcommand history" -l room -d 'The room' -r
complete -c chat -n "__fish_chat_using_subcommand history" -l before -d 'The messages just before this one' -r
complete -c chat -n "__fish_chat_using_subcommand history" -l after -d 'The messages just after this one' -r
complete -c chat -n "__fish_chat_using_subcommand history" -l limit -d 'How many' -r
complete -c chat -n "__fish_chat_using_subcommand history" -l profile -d 'Which account on this machine to use' -r
complete -c chat -n "__fish_chat_using_subcommand history" -l bell -d 'Ring the terminal\'s bell when somebody mentions you' -r -f -a "auto\t'When the output is a terminal'
always\t'Always'
never\t'Never'"
complete -c chat -n "__fish_chat_using_subcommand history" -l keys-passphrase-file -d 'Read the passphrase that closes this profile\'s keys from the first line of this file, - for stdin' -r -F
complete -c chat -n "__fish_chat_using_subcommand history" -l timeout -d 'Seconds to wait for an answer' -r
complete -c chat -n "__fish_chat_using_subcommand history" -l json -d 'Print JSON, one object a line'
complete -c chat -n "__fish_chat_using_subcommand history" -l plain -d 'Chat line by line, for screen readers, pipes and simple terminals'
complete -c chat -n "__fish_chat_using_subcommand history" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c chat -n "__fish_chat_using_subcommand search" -l room -d 'Only this room' -r
complete -c chat -n "__fish_chat_using_subcommand search" -l limit -d 'How many' -r
complete -c chat -n "__fish_chat_using_subcommand search" -l profile -d 'Which account on this machine to use' -r
complete -c chat -n "__fish_chat_using_subcommand search" -l bell -d 'Ring the terminal\'s bell when somebody mentions you' -r -f -a "auto\t'When the output is a terminal'
always\t'Always'
never\t'Never'"
complete -c chat -n "__fish_chat_using_subcommand search" -l keys-passphrase-file -d 'Read the passphrase that closes this profile\'s keys from the first line of this file, - for stdin' -r -F
complete -c chat -n "__fish_chat_using_subcommand search" -l timeout -d 'Seconds to wait for an answer' -r
complete -c chat -n "__fish_chat_using_subcommand search" -l json -d 'Print JSON, one object a line'
complete -c chat -n "__fish_chat_using_subcommand search" -l plain -d 'Chat line by line, for screen readers, pipes and simple terminals'
complete -c chat -n "__fish_chat_using_subcommand search" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c chat -n "__fish_chat_using_subcommand whoami" -l profile -d 'Which account on this machine to use' -r
complete -c chat -n "__fish_chat_using_subcommand whoami" -l bell -d 'Ring the terminal\'s bell when somebody mentions you' -r -f -a "auto\t'When the output is a terminal'
always\t'Always'
never\t'Never'"
complete -c chat -n "__fish_chat_using_subcommand whoami" -l keys-passphrase-file -d 'Read the passphrase that closes this profile\'s keys from the first line of this file, - for stdin' -r -F
complete -c chat -n "__fish_chat_using_subcommand whoami" -l timeout -d 'Seconds to wait for an answer' -r
complete -c chat -n "__fish_chat_using_subcommand whoami" -l json -d 'Print JSON, one object a line'
complete -c chat -n "__fish_chat_using_subcommand whoami" -l plain -d 'Chat line by line, for screen readers, pipes and simple terminals'
complete -c chat -n "__fish_chat_using_subcommand whoami" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c chat -n "__fish_chat_using_subcommand devices; and not __fish_seen_subcommand_from approve revoke help" -l profile -d 'Which account on this machine to use' -r
complete -c chat -n "__fish_chat_using_subcommand devices; and not __fish_seen_subcommand_from approve revoke help" -l bell -d 'Ring the terminal\'s bell when somebody mentions you' -r -f -a "auto\t'When the output is a terminal'
always\t'Always'
never\t'Never'"
complete -c chat -n "__fish_chat_using_subcommand devices; and not __fish_seen_subcommand_from approve revoke help" -l keys-passphrase-file -d 'Read the passphrase that closes this profile\'s keys from the first line of this file, - for stdin' -r -F
complete -c chat -n "__fish_chat_using_subcommand devices; and not __fish_seen_subcommand_from approve revoke help" -l timeout -d 'Seconds to wait for an answer' -r
complete -c chat -n "__fish_chat_using_subcommand devices; and not __fish_seen_subcommand_from approve revoke help" -l json -d 'Print JSON, one object a line'
complete -c chat -n "__fish_chat_using_subcommand devices; and not __fish_seen_subcommand_from approve revoke help" -l plain -d 'Chat line by line, for screen readers, pipes and simple terminals'
complete -c chat -n "__fish_chat_using_subcommand devices; and not __fish_seen_subcommand_from approve revoke help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c chat -n "__fish_chat_using_subcommand devices; and not __fish_seen_subcommand_from approve revoke help" -f -a "approve" -d 'Let another of your devices read your sealed rooms, after comparing the code that both show'
complete -c chat -n "__fish_chat_using_subcommand devices; and not __fish_seen_subcommand_from approve revoke help" -f -a "revoke" -d 'End a device\'s login for good'
complete -c chat -n "__fish_chat_using_subcommand devices; and not __fish_seen_subcommand_from approve revoke help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c chat -n "__fish_chat_using_subcommand devices; and __fish_seen_subcommand_from approve" -l code -d 'The code that device shows; asked for without it' -r
complete -c chat -n "__fish_chat_using_subcommand devices; and __fish_seen_subcommand_from approve" -l profile -d 'Which account on this machine to use' -r
complete -c chat -n "__fish_chat_using_subcommand devices; and __fish_seen_subcommand_from approve" -l bell -d 'Ring the terminal\'s bell when somebody mentions you' -r -f -a "auto\t'When the output is a terminal'
always\t'Always'
never\t'Never'"
complete -c chat -n "__fish_chat_using_subcommand devices; and __fish_seen_subcommand_from approve" -l keys-passphrase-file -d 'Read the passphrase that closes this profile\'s keys from the first line of this file, - for stdin' -r -F
complete -c chat -n "__fish_chat_using_subcommand devices; and __fish_seen_subcommand_from approve" -l timeout -d 'Seconds to wait for an answer' -r
complete -c chat -n "__fish_chat_using_subcommand devices; and __fish_seen_subcommand_from approve" -l json -d 'Print JSON, one object a line'
complete -c chat -n "__fish_chat_using_subcommand devices; and __fish_seen_subcommand_from approve" -l plain -d 'Chat line by line, for screen readers, pipes and simple terminals'
complete -c chat -n "__fish_chat_using_subcommand devices; and __fish_seen_subcommand_from approve" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c chat -n "__fish_chat_using_subcommand devices; and __fish_seen_subcommand_from revoke" -l profile -d 'Which account on this machine to use' -r
complete -c chat -n "__fish_chat_using_subcommand devices; and __fish_seen_subcommand_from revoke" -l bell -d 'Ring the terminal\'s bell when somebody mentions you' -r -f -a "auto\t'When the output is a terminal'
always\t'Always'
never\t'Never'"
complete -c chat -n "__fish_chat_using_subcommand devices; and __fish_seen_subcommand_from revoke" -l keys-passphrase-file -d 'Read the passphrase that closes this profile\'s keys from the first line of this file, - for stdin' -r -F
complete -c chat -n "__fish_chat_using_subcommand devices; and __fish_seen_subcommand_from revoke" -l timeout -d 'Seconds to wait for an answer' -r
complete -c chat -n "__fish_chat_using_subcommand devices; and __fish_seen_subcommand_from revoke" -l json -d 'Print JSON, one object a line'
complete -c chat -n "__fish_chat_using_subcommand devices; and __fish_seen_subcommand_from revoke" -l plain -d 'Chat line by line, for screen readers, pipes and simple terminals'
complete -c chat -n "__fish_chat_using_subcommand devices; and __fish_seen_subcommand_from revoke" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c chat -n "__fish_chat_using_subcommand devices; and __fish_seen_subcommand_from help" -f -a "approve" -d 'Let another of your devices read your sealed rooms, after comparing the code that both show'
complete -c chat -n "__fish_chat_using_subcommand devices; and __fish_seen_subcommand_from help" -f -a "revoke" -d 'End a device\'s login for good'
complete -c chat -n "__fish_chat_using_subcommand devices; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c chat -n "__fish_chat_using_subcommand verify" -l profile -d 'Which account on this machine to use' -r
complete -c chat -n "__fish_chat_using_subcommand verify" -l bell -d 'Ring the terminal\'s bell when somebody mentions you' -r -f -a "auto\t'When the output is a terminal'
always\t'Always'
never\t'Never'"
complete -c chat -n "__fish_chat_using_subcommand verify" -l keys-passphrase-file -d 'Read the passphrase that closes this profile\'s keys from the first line of this file, - for stdin' -r -F
complete -c chat -n "__fish_chat_using_subcommand verify" -l timeout -d 'Seconds to wait for an answer' -r
complete -c chat -n "__fish_chat_using_subcommand verify" -l matches -d 'You have compared the number, in person or by phone: take their key for verified'
complete -c chat -n "__fish_chat_using_subcommand verify" -l json -d 'Print JSON, one object a line'
complete -c chat -n "__fish_chat_using_subcommand verify" -l plain -d 'Chat line by line, for screen readers, pipes and simple terminals'
complete -c chat -n "__fish_chat_using_subcommand verify" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c chat -n "__fish_chat_using_subcommand keys; and not __fish_seen_subcommand_from export import close open check start-over help" -l profile -d 'Which account on this machine to use' -r
complete -c chat -n "__fish_chat_using_subcommand keys; and not __fish_seen_subcommand_from export import close open check start-over help" -l bell -d 'Ring the terminal\'s bell when somebody mentions you' -r -f -a "auto\t'When the output is a terminal'
always\t'Always'
never\t'Never'"
complete -c chat -n "__fish_chat_using_subcommand keys; and not __fish_seen_subcommand_from export import close open check start-over help" -l keys-passphrase-file -d 'Read the passphrase that closes this profile\'s keys from the first line of this file, - for stdin' -r -F
complete -c chat -n "__fish_chat_using_subcommand keys; and not __fish_seen_subcommand_from export import close open check start-over help" -l timeout -d 'Seconds to wait for an answer' -r
complete -c chat -n "__fish_chat_using_subcommand keys; and not __fish_seen_subcommand_from export import close open check start-over help" -l json -d 'Print JSON, one object a line'
complete -c chat -n "__fish_chat_using_subcommand keys; and not __fish_seen_subcommand_from export import close open check start-over help" -l plain -d 'Chat line by line, for screen readers, pipes and simple terminals'
complete -c chat -n "__fish_chat_using_subcommand keys; and not __fish_seen_subcommand_from export import close open check start-over help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c chat -n "__fish_chat_using_subcommand keys; and not __fish_seen_subcommand_from export import close open check start-over help" -f -a "export" -d 'Write everything this device is into one file behind a passphrase, to move it to another machine'
complete -c chat -n "__fish_chat_using_subcommand keys; and not __fish_seen_subcommand_from export import close open check start-over help" -f -a "import" -d 'Make this profile from an export; the device it was made on must not be used any more'
complete -c chat -n "__fish_chat_using_subcommand keys; and not __fish_seen_subcommand_from export import close open check start-over help" -f -a "close" -d 'Close this profile\'s keys with a passphrase that every start asks for'
complete -c chat -n "__fish_chat_using_subcommand keys; and not __fish_seen_subcommand_from export import close open check start-over help" -f -a "open" -d 'Take the passphrase off'
complete -c chat -n "__fish_chat_using_subcommand keys; and not __fish_seen_subcommand_from export import close open check start-over help" -f -a "check" -d 'Look whether every row of the keys is whole'
complete -c chat -n "__fish_chat_using_subcommand keys; and not __fish_seen_subcommand_from export import close open check start-over help" -f -a "start-over" -d 'Make a new identity, after all devices that could approve this one were lost'
complete -c chat -n "__fish_chat_using_subcommand keys; and not __fish_seen_subcommand_from export import close open check start-over help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c chat -n "__fish_chat_using_subcommand keys; and __fish_seen_subcommand_from export" -l passphrase-file -d 'Read the passphrase of the file from the first line of this one; asked for without it' -r -F
complete -c chat -n "__fish_chat_using_subcommand keys; and __fish_seen_subcommand_from export" -l profile -d 'Which account on this machine to use' -r
complete -c chat -n "__fish_chat_using_subcommand keys; and __fish_seen_subcommand_from export" -l bell -d 'Ring the terminal\'s bell when somebody mentions you' -r -f -a "auto\t'When the output is a terminal'
always\t'Always'
never\t'Never'"
complete -c chat -n "__fish_chat_using_subcommand keys; and __fish_seen_subcommand_from export" -l keys-passphrase-file -d 'Read the passphrase that closes this profile\'s keys from the first line of this file, - for stdin' -r -F
complete -c chat -n "__fish_chat_using_subcommand keys; and __fish_seen_subcommand_from export" -l timeout -d 'Seconds to wait for an answer' -r
complete -c chat -n "__fish_chat_using_subcommand keys; and __fish_seen_subcommand_from export" -l json -d 'Print JSON, one object a line'
complete -c chat -n "__fish_chat_using_subcommand keys; and __fish_seen_subcommand_from export" -l plain -d 'Chat line by line, for screen readers, pipes and simple terminals'
complete -c chat -n "__fish_chat_using_subcommand keys; and __fish_seen_subcommand_from export" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c chat -n "__fish_chat_using_subcommand keys; and __fish_seen_subcommand_from import" -l passphrase-file -d 'Read the passphrase of the file from the first line of this one; asked for without it' -r -F
complete -c chat -n "__fish_chat_using_subcommand keys; and __fish_seen_subcommand_from import" -l profile -d 'Which account on this machine to use' -r
complete -c chat -n "__fish_chat_using_subcommand keys; and __fish_seen_subcommand_from import" -l bell -d 'Ring the terminal\'s bell when somebody mentions you' -r -f -a "auto\t'When the output is a terminal'
always\t'Always'
never\t'Never'"
complete -c chat -n "__fish_chat_using_subcommand keys; and __fish_seen_subcommand_from import" -l keys-passphrase-file -d 'Read the passphrase that closes this profile\'s keys from the first line of this file, - for stdin' -r -F
complete -c chat -n "__fish_chat_using_subcommand keys; and __fish_seen_subcommand_from import" -l timeout -d 'Seconds to wait for an answer' -r
complete -c chat -n "__fish_chat_using_subcommand keys; and __fish_seen_subcommand_from import" -l dry-run -d 'Open it wholly, say what is in it, and change nothing'
complete -c chat -n "__fish_chat_using_subcommand keys; and __fish_seen_subcommand_from import" -l yes -d 'The other device is not used any more: import without asking'
complete -c chat -n "__fish_chat_using_subcommand keys; and __fish_seen_subcommand_from import" -l json -d 'Print JSON, one object a line'
complete -c chat -n "__fish_chat_using_subcommand keys; and __fish_seen_subcommand_from import" -l plain -d 'Chat line by line, for screen readers, pipes and simple terminals'
complete -c chat -n "__fish_chat_using_subcommand keys; and __fish_seen_subcommand_from import" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c chat -n "__fish_chat_using_subcommand keys; and __fish_seen_subcommand_from close" -l passphrase-file -d 'Read the new passphrase from the first line of this file; asked for without it' -r -F
complete -c chat -n "__fish_chat_using_subcommand keys; and __fish_seen_subcommand_from close" -l profile -d 'Which account on this machine to use' -r
complete -c chat -n "__fish_chat_using_subcommand keys; and __fish_seen_subcommand_from close" -l bell -d 'Ring the terminal\'s bell when somebody mentions you' -r -f -a "auto\t'When the output is a terminal'
always\t'Always'
never\t'Never'"
complete -c chat -n "__fish_chat_using_subcommand keys; and __fish_seen_subcommand_from close" -l keys-passphrase-file -d 'Read the passphrase that closes this profile\'s keys from the first line of this file, - for stdin' -r -F
complete -c chat -n "__fish_chat_using_subcommand keys; and __fish_seen_subcommand_from close" -l timeout -d 'Seconds to wait for an answer' -r
complete -c chat -n "__fish_chat_using_subcommand keys; and __fish_seen_subcommand_from close" -l json -d 'Print JSON, one object a line'
complete -c chat -n "__fish_chat_using_subcommand keys; and __fish_seen_subcommand_from close" -l plain -d 'Chat line by line, for screen readers, pipes and simple terminals'
complete -c chat -n "__fish_chat_using_subcommand keys; and __fish_seen_subcommand_from close" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c chat -n "__fish_chat_using_subcommand keys; and __fish_seen_subcommand_from open" -l profile -d 'Which account on this machine to use' -r
complete -c chat -n "__fish_chat_using_subcommand keys; and __fish_seen_subcommand_from open" -l bell -d 'Ring the terminal\'s bell when somebody mentions you' -r -f -a "auto\t'When the output is a terminal'
always\t'Always'
never\t'Never'"
complete -c chat -n "__fish_chat_using_subcommand keys; and __fish_seen_subcommand_from open" -l keys-passphrase-file -d 'Read the passphrase that closes this profile\'s keys from the first line of this file, - for stdin' -r -F
complete -c chat -n "__fish_chat_using_subcommand keys; and __fish_seen_subcommand_from open" -l timeout -d 'Seconds to wait for an answer' -r
complete -c chat -n "__fish_chat_using_subcommand keys; and __fish_seen_subcommand_from open" -l json -d 'Print JSON, one object a line'
complete -c chat -n "__fish_chat_using_subcommand keys; and __fish_seen_subcommand_from open" -l plain -d 'Chat line by line, for screen readers, pipes and simple terminals'
complete -c chat -n "__fish_chat_using_subcommand keys; and __fish_seen_subcommand_from open" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c chat -n "__fish_chat_using_subcommand keys; and __fish_seen_subcommand_from check" -l profile -d 'Which account on this machine to use' -r
complete -c chat -n "__fish_chat_using_subcommand keys; and __fish_seen_subcommand_from check" -l bell -d 'Ring the terminal\'s bell when somebody mentions you' -r -f -a "auto\t'When the output is a terminal'
always\t'Always'
never\t'Never'"
complete -c chat -n "__fish_chat_using_subcommand keys; and __fish_seen_subcommand_from check" -l keys-passphrase-file -d 'Read the passphrase that closes this profile\'s keys from the first line of this file, - for stdin' -r -F
complete -c chat -n "__fish_chat_using_subcommand keys; and __fish_seen_subcommand_from check" -l timeout -d 'Seconds to wait for an answer' -r
complete -c chat -n "__fish_chat_using_subcommand keys; and __fish_seen_subcommand_from check" -l json -d 'Print JSON, one object a line'
complete -c chat -n "__fish_chat_using_subcommand keys; and __fish_seen_subcommand_from check" -l plain -d 'Chat line by line, for screen readers, pipes and simple terminals'
complete -c chat -n "__fish_chat_using_subcommand keys; and __fish_seen_subcommand_from check" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c chat -n "__fish_chat_using_subcommand keys; and __fish_seen_subcommand_from start-over" -l profile -d 'Which account on this machine to use' -r
complete -c chat -n "__fish_chat_using_subcommand keys; and __fish_seen_subcommand_from start-over" -l bell -d 'Ring the terminal\'s bell when somebody mentions you' -r -f -a "auto\t'When the output is a terminal'
always\t'Always'
never\t'Never'"
complete -c chat -n "__fish_chat_using_subcommand keys; and __fish_seen_subcommand_from start-over" -l keys-passphrase-file -d 'Read the passphrase that closes this profile\'s keys from the first line of this file, - for stdin' -r -F
complete -c chat -n "__fish_chat_using_subcommand keys; and __fish_seen_subcommand_from start-over" -l timeout -d 'Seconds to wait for an answer' -r
complete -c chat -n "__fish_chat_using_subcommand keys; and __fish_seen_subcommand_from start-over" -l yes -d 'Without asking'
complete -c chat -n "__fish_chat_using_subcommand keys; and __fish_seen_subcommand_from start-over" -l json -d 'Print JSON, one object a line'
complete -c chat -n "__fish_chat_using_subcommand keys; and __fish_seen_subcommand_from start-over" -l plain -d 'Chat line by line, for screen readers, pipes and simple terminals'
complete -c chat -n "__fish_chat_using_subcommand keys; and __fish_seen_subcommand_from start-over" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c chat -n "__fish_chat_using_subcommand keys; and __fish_seen_subcommand_from help" -f -a "export" -d 'Write everything this device is into one file behind a passphrase, to move it to another machine'
complete -c chat -n "__fish_chat_using_subcommand keys; and __fish_seen_subcommand_from help" -f -a "import" -d 'Make this profile from an export; the device it was made on must not be used any more'
complete -c chat -n "__fish_chat_using_subcommand keys; and __fish_seen_subcommand_from help" -f -a "close" -d 'Close this profile\'s keys with a passphrase that every start asks for'
complete -c chat -n "__fish_chat_using_subcommand keys; and __fish_seen_subcommand_from help" -f -a "open" -d 'Take the passphrase off'
complete -c chat -n "__fish_chat_using_subcommand keys; and __fish_seen_subcommand_from help" -f -a "check" -d 'Look whether every row of the keys is whole'
complete -c chat -n "__fish_chat_using_subcommand keys; and __fish_seen_subcommand_from help" -f -a "start-over" -d 'Make a new identity, after all devices that could approve this one were lost'
complete -c chat -n "__fish_chat_using_subcommand keys; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c chat -n "__fish_chat_using_subcommand status" -l profile -d 'Which account on this machine to use' -r
complete -c chat -n "__fish_chat_using_subcommand status" -l bell -d 'Ring the terminal\'s bell when somebody mentions you' -r -f -a "auto\t'When the output is a terminal'
always\t'Always'
never\t'Never'"
complete -c chat -n "__fish_chat_using_subcommand status" -l keys-passphrase-file -d 'Read the passphrase that closes this profile\'s keys from the first line of this file, - for stdin' -r -F
complete -c chat -n "__fish_chat_using_subcommand status" -l timeout -d 'Seconds to wait for an answer' -r
complete -c chat -n "__fish_chat_using_subcommand status" -l json -d 'Print JSON, one object a line'
complete -c chat -n "__fish_chat_using_subcommand status" -l plain -d 'Chat line by line, for screen readers, pipes and simple terminals'
complete -c chat -n "__fish_chat_using_subcommand status" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c chat -n "__fish_chat_using_subcommand report" -l room -d 'The room the messages are in' -r
complete -c chat -n "__fish_chat_using_subcommand report" -l seq -d 'The number of a message; several times for several' -r
complete -c chat -n "__fish_chat_using_subcommand report" -l name -d 'The person, when it is not about messages' -r
complete -c chat -n "__fish_chat_using_subcommand report" -l category -d 'spam, harassment, threat, illegal, impersonation or other' -r
complete -c chat -n "__fish_chat_using_subcommand report" -l note -d 'What the moderators should know' -r
complete -c chat -n "__fish_chat_using_subcommand report" -l around -d 'In a sealed room: how many messages on either side are opened with them' -r
complete -c chat -n "__fish_chat_using_subcommand report" -l profile -d 'Which account on this machine to use' -r
complete -c chat -n "__fish_chat_using_subcommand report" -l bell -d 'Ring the terminal\'s bell when somebody mentions you' -r -f -a "auto\t'When the output is a terminal'
always\t'Always'
never\t'Never'"
complete -c chat -n "__fish_chat_using_subcommand report" -l keys-passphrase-file -d 'Read the passphrase that closes this profile\'s keys from the first line of this file, - for stdin' -r -F
complete -c chat -n "__fish_chat_using_subcommand report" -l timeout -d 'Seconds to wait for an answer' -r
complete -c chat -n "__fish_chat_using_subcommand report" -l json -d 'Print JSON, one object a line'
complete -c chat -n "__fish_chat_using_subcommand report" -l plain -d 'Chat line by line, for screen readers, pipes and simple terminals'
complete -c chat -n "__fish_chat_using_subcommand report" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c chat -n "__fish_chat_using_subcommand reports" -l profile -d 'Which account on this machine to use' -r
complete -c chat -n "__fish_chat_using_subcommand reports" -l bell -d 'Ring the terminal\'s bell when somebody mentions you' -r -f -a "auto\t'When the output is a terminal'
always\t'Always'
never\t'Never'"
complete -c chat -n "__fish_chat_using_subcommand reports" -l keys-passphrase-file -d 'Read the passphrase that closes this profile\'s keys from the first line of this file, - for stdin' -r -F
complete -c chat -n "__fish_chat_using_subcommand reports" -l timeout -d 'Seconds to wait for an answer' -r
complete -c chat -n "__fish_chat_using_subcommand reports" -l json -d 'Print JSON, one object a line'
complete -c chat -n "__fish_chat_using_subcommand reports" -l plain -d 'Chat line by line, for screen readers, pipes and simple terminals'
complete -c chat -n "__fish_chat_using_subcommand reports" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c chat -n "__fish_chat_using_subcommand appeal" -l text -d 'What you want to say, or - to read a line of stdin; asked for without it' -r
complete -c chat -n "__fish_chat_using_subcommand appeal" -l password-file -d 'Read the password from the first line of this file, when the device alone is not enough' -r -F
complete -c chat -n "__fish_chat_using_subcommand appeal" -l code -d 'The six digits your authenticator shows, or a recovery code' -r
complete -c chat -n "__fish_chat_using_subcommand appeal" -l totp-secret-file -d 'Make the code from the secret in this file' -r -F
complete -c chat -n "__fish_chat_using_subcommand appeal" -l profile -d 'Which account on this machine to use' -r
complete -c chat -n "__fish_chat_using_subcommand appeal" -l bell -d 'Ring the terminal\'s bell when somebody mentions you' -r -f -a "auto\t'When the output is a terminal'
always\t'Always'
never\t'Never'"
complete -c chat -n "__fish_chat_using_subcommand appeal" -l keys-passphrase-file -d 'Read the passphrase that closes this profile\'s keys from the first line of this file, - for stdin' -r -F
complete -c chat -n "__fish_chat_using_subcommand appeal" -l timeout -d 'Seconds to wait for an answer' -r
complete -c chat -n "__fish_chat_using_subcommand appeal" -l json -d 'Print JSON, one object a line'
complete -c chat -n "__fish_chat_using_subcommand appeal" -l plain -d 'Chat line by line, for screen readers, pipes and simple terminals'
complete -c chat -n "__fish_chat_using_subcommand appeal" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c chat -n "__fish_chat_using_subcommand upload" -l to -d 'Where to: ops, #ops, or @bob for a direct message' -r
complete -c chat -n "__fish_chat_using_subcommand upload" -l caption -d 'Some words beside the file' -r
complete -c chat -n "__fish_chat_using_subcommand upload" -l reply-to -d 'The number of the message you reply to' -r
complete -c chat -n "__fish_chat_using_subcommand upload" -l passphrase-file -d 'Lock the file with the passphrase on the first line of this file, - for stdin' -r -F
complete -c chat -n "__fish_chat_using_subcommand upload" -l hide -d 'Hide this text in the image; others can read a program\'s arguments' -r
complete -c chat -n "__fish_chat_using_subcommand upload" -l hide-file -d 'Hide this file in the image, - for stdin' -r -F
complete -c chat -n "__fish_chat_using_subcommand upload" -l hide-pass-file -d 'Read the passphrase of the hidden message from the first line of this file; asked for without it' -r -F
complete -c chat -n "__fish_chat_using_subcommand upload" -l method -d 'How it is hidden' -r -f -a "adaptive\t'Where the image is busy: what detectors do not find'
lsb\t'Spread over the whole image: simple, and found by a trained detector'"
complete -c chat -n "__fish_chat_using_subcommand upload" -l resume -d 'Go on with an unfinished upload, or with all of them' -r
complete -c chat -n "__fish_chat_using_subcommand upload" -l forget -d 'Give an unfinished upload up' -r
complete -c chat -n "__fish_chat_using_subcommand upload" -l profile -d 'Which account on this machine to use' -r
complete -c chat -n "__fish_chat_using_subcommand upload" -l bell -d 'Ring the terminal\'s bell when somebody mentions you' -r -f -a "auto\t'When the output is a terminal'
always\t'Always'
never\t'Never'"
complete -c chat -n "__fish_chat_using_subcommand upload" -l keys-passphrase-file -d 'Read the passphrase that closes this profile\'s keys from the first line of this file, - for stdin' -r -F
complete -c chat -n "__fish_chat_using_subcommand upload" -l timeout -d 'Seconds to wait for an answer' -r
complete -c chat -n "__fish_chat_using_subcommand upload" -l lock -d 'Lock the file with a passphrase, asked for now: who does not know it cannot open it'
complete -c chat -n "__fish_chat_using_subcommand upload" -l force -d 'Hide also what is more than is safe in this image'
complete -c chat -n "__fish_chat_using_subcommand upload" -l list -d 'List the uploads that are not finished'
complete -c chat -n "__fish_chat_using_subcommand upload" -l json -d 'Print JSON, one object a line'
complete -c chat -n "__fish_chat_using_subcommand upload" -l plain -d 'Chat line by line, for screen readers, pipes and simple terminals'
complete -c chat -n "__fish_chat_using_subcommand upload" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c chat -n "__fish_chat_using_subcommand download" -l out -d 'The folder it goes to' -r -F
complete -c chat -n "__fish_chat_using_subcommand download" -l passphrase-file -d 'Read the passphrase of a locked file from the first line of this file; asked for without it' -r -F
complete -c chat -n "__fish_chat_using_subcommand download" -l hide-pass-file -d 'Read the passphrase of the hidden message from the first line of this file; asked for without it' -r -F
complete -c chat -n "__fish_chat_using_subcommand download" -l profile -d 'Which account on this machine to use' -r
complete -c chat -n "__fish_chat_using_subcommand download" -l bell -d 'Ring the terminal\'s bell when somebody mentions you' -r -f -a "auto\t'When the output is a terminal'
always\t'Always'
never\t'Never'"
complete -c chat -n "__fish_chat_using_subcommand download" -l keys-passphrase-file -d 'Read the passphrase that closes this profile\'s keys from the first line of this file, - for stdin' -r -F
complete -c chat -n "__fish_chat_using_subcommand download" -l timeout -d 'Seconds to wait for an answer' -r
complete -c chat -n "__fish_chat_using_subcommand download" -l latest -d 'The last file of the room'
complete -c chat -n "__fish_chat_using_subcommand download" -l reveal -d 'Show what is hidden in the image as well'
complete -c chat -n "__fish_chat_using_subcommand download" -l json -d 'Print JSON, one object a line'
complete -c chat -n "__fish_chat_using_subcommand download" -l plain -d 'Chat line by line, for screen readers, pipes and simple terminals'
complete -c chat -n "__fish_chat_using_subcommand download" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c chat -n "__fish_chat_using_subcommand reveal" -l hide-pass-file -d 'Read the passphrase from the first line of this file, - for stdin; asked for without it' -r -F
complete -c chat -n "__fish_chat_using_subcommand reveal" -l out -d 'The folder a hidden file goes to' -r -F
complete -c chat -n "__fish_chat_using_subcommand reveal" -l profile -d 'Which account on this machine to use' -r
complete -c chat -n "__fish_chat_using_subcommand reveal" -l bell -d 'Ring the terminal\'s bell when somebody mentions you' -r -f -a "auto\t'When the output is a terminal'
always\t'Always'
never\t'Never'"
complete -c chat -n "__fish_chat_using_subcommand reveal" -l keys-passphrase-file -d 'Read the passphrase that closes this profile\'s keys from the first line of this file, - for stdin' -r -F
complete -c chat -n "__fish_chat_using_subcommand reveal" -l timeout -d 'Seconds to wait for an answer' -r
complete -c chat -n "__fish_chat_using_subcommand reveal" -l json -d 'Print JSON, one object a line'
complete -c chat -n "__fish_chat_using_subcommand reveal" -l plain -d 'Chat line by line, for screen readers, pipes and simple terminals'
complete -c chat -n "__fish_chat_using_subcommand reveal" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c chat -n "__fish_chat_using_subcommand run" -l room -d 'Only hand on entries of these rooms; all of yours without it' -r
complete -c chat -n "__fish_chat_using_subcommand run" -l profile -d 'Which account on this machine to use' -r
complete -c chat -n "__fish_chat_using_subcommand run" -l bell -d 'Ring the terminal\'s bell when somebody mentions you' -r -f -a "auto\t'When the output is a terminal'
always\t'Always'
never\t'Never'"
complete -c chat -n "__fish_chat_using_subcommand run" -l keys-passphrase-file -d 'Read the passphrase that closes this profile\'s keys from the first line of this file, - for stdin' -r -F
complete -c chat -n "__fish_chat_using_subcommand run" -l timeout -d 'Seconds to wait for an answer' -r
complete -c chat -n "__fish_chat_using_subcommand run" -l json -d 'Print JSON, one object a line'
complete -c chat -n "__fish_chat_using_subcommand run" -l plain -d 'Chat line by line, for screen readers, pipes and simple terminals'
complete -c chat -n "__fish_chat_using_subcommand run" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c chat -n "__fish_chat_using_subcommand completions" -l profile -d 'Which account on this machine to use' -r
complete -c chat -n "__fish_chat_using_subcommand completions" -l bell -d 'Ring the terminal\'s bell when somebody mentions you' -r -f -a "auto\t'When the output is a terminal'
always\t'Always'
never\t'Never'"
complete -c chat -n "__fish_chat_using_subcommand completions" -l keys-passphrase-file -d 'Read the passphrase that closes this profile\'s keys from the first line of this file, - for stdin' -r -F
complete -c chat -n "__fish_chat_using_subcommand completions" -l timeout -d 'Seconds to wait for an answer' -r
complete -c chat -n "__fish_chat_using_subcommand completions" -l json -d 'Print JSON, one object a line'
complete -c chat -n "__fish_chat_using_subcommand completions" -l plain -d 'Chat line by line, for screen readers, pipes and simple terminals'
complete -c chat -n "__fish_chat_using_subcommand completions" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c chat -n "__fish_chat_using_subcommand help; and not __fish_seen_subcommand_from join login logout totp send tail rooms members history search whoami devices verify keys status report reports appeal upload download reveal run completions help" -f -a "join" -d 'Make an account, with an invite or where the server takes everybody'
complete -c chat -n "__fish_chat_using_subcommand help; and not __fish_seen_subcommand_from join login logout totp send tail rooms members history search whoami devices verify keys status report reports appeal upload download reveal run completions help" -f -a "login" -d 'Log this device in with password and code'
complete -c chat -n "__fish_chat_using_subcommand help; and not __fish_seen_subcommand_from join login logout totp send tail rooms members history search whoami devices verify keys status report reports appeal upload download reveal run completions help" -f -a "logout" -d 'End this device\'s login and remove the account from this machine'
complete -c chat -n "__fish_chat_using_subcommand help; and not __fish_seen_subcommand_from join login logout totp send tail rooms members history search whoami devices verify keys status report reports appeal upload download reveal run completions help" -f -a "totp" -d 'Replace your authenticator with a new one'
complete -c chat -n "__fish_chat_using_subcommand help; and not __fish_seen_subcommand_from join login logout totp send tail rooms members history search whoami devices verify keys status report reports appeal upload download reveal run completions help" -f -a "send" -d 'Say something in a room'
complete -c chat -n "__fish_chat_using_subcommand help; and not __fish_seen_subcommand_from join login logout totp send tail rooms members history search whoami devices verify keys status report reports appeal upload download reveal run completions help" -f -a "tail" -d 'Print what is said, as it is said'
complete -c chat -n "__fish_chat_using_subcommand help; and not __fish_seen_subcommand_from join login logout totp send tail rooms members history search whoami devices verify keys status report reports appeal upload download reveal run completions help" -f -a "rooms" -d 'List your rooms; join, leave and make rooms, let people into sealed ones'
complete -c chat -n "__fish_chat_using_subcommand help; and not __fish_seen_subcommand_from join login logout totp send tail rooms members history search whoami devices verify keys status report reports appeal upload download reveal run completions help" -f -a "members" -d 'List who is in a room'
complete -c chat -n "__fish_chat_using_subcommand help; and not __fish_seen_subcommand_from join login logout totp send tail rooms members history search whoami devices verify keys status report reports appeal upload download reveal run completions help" -f -a "history" -d 'Print what was said'
complete -c chat -n "__fish_chat_using_subcommand help; and not __fish_seen_subcommand_from join login logout totp send tail rooms members history search whoami devices verify keys status report reports appeal upload download reveal run completions help" -f -a "search" -d 'Find words in what was said'
complete -c chat -n "__fish_chat_using_subcommand help; and not __fish_seen_subcommand_from join login logout totp send tail rooms members history search whoami devices verify keys status report reports appeal upload download reveal run completions help" -f -a "whoami" -d 'Print who you are on the server'
complete -c chat -n "__fish_chat_using_subcommand help; and not __fish_seen_subcommand_from join login logout totp send tail rooms members history search whoami devices verify keys status report reports appeal upload download reveal run completions help" -f -a "devices" -d 'List the devices that are logged in as you; approve one, or end its login'
complete -c chat -n "__fish_chat_using_subcommand help; and not __fish_seen_subcommand_from join login logout totp send tail rooms members history search whoami devices verify keys status report reports appeal upload download reveal run completions help" -f -a "verify" -d 'Compare keys with somebody, so that nobody stands in between'
complete -c chat -n "__fish_chat_using_subcommand help; and not __fish_seen_subcommand_from join login logout totp send tail rooms members history search whoami devices verify keys status report reports appeal upload download reveal run completions help" -f -a "keys" -d 'Look after this device\'s keys of sealed rooms: copy them, close them, start over'
complete -c chat -n "__fish_chat_using_subcommand help; and not __fish_seen_subcommand_from join login logout totp send tail rooms members history search whoami devices verify keys status report reports appeal upload download reveal run completions help" -f -a "status" -d 'Print what is set up here and whether the server answers'
complete -c chat -n "__fish_chat_using_subcommand help; and not __fish_seen_subcommand_from join login logout totp send tail rooms members history search whoami devices verify keys status report reports appeal upload download reveal run completions help" -f -a "report" -d 'Tell the moderators about messages or a person'
complete -c chat -n "__fish_chat_using_subcommand help; and not __fish_seen_subcommand_from join login logout totp send tail rooms members history search whoami devices verify keys status report reports appeal upload download reveal run completions help" -f -a "reports" -d 'List your reports and what became of them'
complete -c chat -n "__fish_chat_using_subcommand help; and not __fish_seen_subcommand_from join login logout totp send tail rooms members history search whoami devices verify keys status report reports appeal upload download reveal run completions help" -f -a "appeal" -d 'Answer a ban: ask the moderators to look at it again'
complete -c chat -n "__fish_chat_using_subcommand help; and not __fish_seen_subcommand_from join login logout totp send tail rooms members history search whoami devices verify keys status report reports appeal upload download reveal run completions help" -f -a "upload" -d 'Send files to a room or to one person'
complete -c chat -n "__fish_chat_using_subcommand help; and not __fish_seen_subcommand_from join login logout totp send tail rooms members history search whoami devices verify keys status report reports appeal upload download reveal run completions help" -f -a "download" -d 'Fetch a file'
complete -c chat -n "__fish_chat_using_subcommand help; and not __fish_seen_subcommand_from join login logout totp send tail rooms members history search whoami devices verify keys status report reports appeal upload download reveal run completions help" -f -a "reveal" -d 'Show what is hidden in an image'
complete -c chat -n "__fish_chat_using_subcommand help; and not __fish_seen_subcommand_from join login logout totp send tail rooms members history search whoami devices verify keys status report reports appeal upload download reveal run completions help" -f -a "run" -d 'Take JSON commands on stdin and print JSON events: for programs'
complete -c chat -n "__fish_chat_using_subcommand help; and not __fish_seen_subcommand_from join login logout totp send tail rooms members history search whoami devices verify keys status report reports appeal upload download reveal run completions help" -f -a "completions" -d 'Print what lets a shell complete this program\'s arguments'
complete -c chat -n "__fish_chat_using_subcommand help; and not __fish_seen_subcommand_from join login logout totp send tail rooms members history search whoami devices verify keys status report reports appeal upload download reveal run completions help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c chat -n "__fish_chat_using_subcommand help; and __fish_seen_subcommand_from rooms" -f -a "join" -d 'Join an open room'
complete -c chat -n "__fish_chat_using_subcommand help; and __fish_seen_subcommand_from rooms" -f -a "leave" -d 'Leave a room'
complete -c chat -n "__fish_chat_using_subcommand help; and __fish_seen_subcommand_from rooms" -f -a "create" -d 'Make a room and join it: an open one, or a sealed one'
complete -c chat -n "__fish_chat_using_subcommand help; and __fish_seen_subcommand_from rooms" -f -a "invite" -d 'Let people into a sealed room, with all their devices'
complete -c chat -n "__fish_chat_using_subcommand help; and __fish_seen_subcommand_from rooms" -f -a "remove" -d 'Put somebody out of a sealed room'
complete -c chat -n "__fish_chat_using_subcommand help; and __fish_seen_subcommand_from rooms" -f -a "keys" -d 'Print who is in a sealed room, since when, and whether you can write'
complete -c chat -n "__fish_chat_using_subcommand help; and __fish_seen_subcommand_from devices" -f -a "approve" -d 'Let another of your devices read your sealed rooms, after comparing the code that both show'
complete -c chat -n "__fish_chat_using_subcommand help; and __fish_seen_subcommand_from devices" -f -a "revoke" -d 'End a device\'s login for good'
complete -c chat -n "__fish_chat_using_subcommand help; and __fish_seen_subcommand_from keys" -f -a "export" -d 'Write everything this device is into one file behind a passphrase, to move it to another machine'
complete -c chat -n "__fish_chat_using_subcommand help; and __fish_seen_subcommand_from keys" -f -a "import" -d 'Make this profile from an export; the device it was made on must not be used any more'
complete -c chat -n "__fish_chat_using_subcommand help; and __fish_seen_subcommand_from keys" -f -a "close" -d 'Close this profile\'s keys with a passphrase that every start asks for'
complete -c chat -n "__fish_chat_using_subcommand help; and __fish_seen_subcommand_from keys" -f -a "open" -d 'Take the passphrase off'
complete -c chat -n "__fish_chat_using_subcommand help; and __fish_seen_subcommand_from keys" -f -a "check" -d 'Look whether every row of the keys is whole'
complete -c chat -n "__fish_chat_using_subcommand help; and __fish_seen_subcommand_from keys" -f -a "start-over" -d 'Make a new identity, after all devices that could approve this one were lost'
