use super::*;

/// The annotated file as it is shipped: every key is there, as a comment.
const SHIPPED: &str = include_str!("../../../deploy/chatd.toml");

/// Keys without a default; the shipped file shows an example for each.
const OPTIONAL: [&str; 2] = ["keys_dir", "public_address"];

#[test]
fn the_shipped_file_as_it_is_sets_nothing() {
    let loaded = load_file(SHIPPED).unwrap();
    assert_eq!(loaded.config, Config::default());
    assert!(loaded.settings.iter().all(|setting| setting.origin == Origin::Default));
}

#[test]
fn the_shipped_file_with_every_comment_taken_off_sets_every_key_to_its_default() {
    let loaded = load_file(&uncommented(SHIPPED)).unwrap();
    for setting in &loaded.settings {
        assert!(matches!(setting.origin, Origin::File(..)), "{} is not in deploy/chatd.toml", setting.key);
    }
    let mut config = loaded.config;
    assert!(config.keys_dir.take().is_some() && config.public_address.take().is_some());
    assert_eq!(config, Config::default());
}

#[test]
fn every_key_of_the_shipped_file_is_explained_in_the_lines_above_it() {
    let lines: Vec<&str> = SHIPPED.lines().collect();
    let keys = (1..lines.len()).filter(|&at| is_setting(lines[at])).inspect(|at| {
        assert!(
            lines[at - 1].starts_with("# "),
            "line {} of deploy/chatd.toml has no explanation above it",
            at + 1
        );
    });
    assert_eq!(keys.count(), KEYS.len());
}

#[test]
fn the_list_of_keys_is_the_list_of_fields() {
    let table = toml::Table::try_from(Config::default()).unwrap();
    let mut fields: Vec<String> = OPTIONAL.map(str::to_owned).into();
    for (key, value) in &table {
        match value.as_table() {
            Some(section) => fields.extend(section.keys().map(|name| format!("{key}.{name}"))),
            None => fields.push(key.clone()),
        }
    }
    fields.sort();
    let mut keys = KEYS.map(str::to_owned);
    keys.sort();
    assert_eq!(fields, keys);
}

#[test]
fn an_unknown_key_is_refused_with_its_line_and_the_nearest_known_key() {
    let error = load_file("server_name = \"x\"\n\n[limits]\nmax_conections = 5\n").unwrap_err().to_string();
    assert_eq!(
        error,
        "/etc/chatd.toml line 4: unknown key \"limits.max_conections\"; \
         the nearest known key is \"limits.max_connections\""
    );
    let error = load_file("max_connections = 5\n").unwrap_err().to_string();
    assert!(error.contains("nearest known key is \"limits.max_connections\""), "{error}");
    let error = load_file("[limit]\nmax_connections = 5\n").unwrap_err().to_string();
    assert!(error.contains("line 1: unknown key \"limit\""), "{error}");
}

#[test]
fn variables_win_over_the_file_and_flags_over_variables() {
    let sources = Sources {
        file: Some((
            "/etc/chatd.toml".into(),
            "[limits]\nmax_connections = 1\nmessage_burst = 1\n".to_owned(),
        )),
        env: vec![
            ("CHATD__LIMITS__MAX_CONNECTIONS".to_owned(), "2".to_owned()),
            ("CHATD__LIMITS__MESSAGE_BURST".to_owned(), "2".to_owned()),
            ("CHATD_CONFIG".to_owned(), "ignored".to_owned()),
        ],
        flags: vec![flag("limits.max_connections", "3")],
    };
    let loaded = load(&sources).unwrap();
    assert_eq!((loaded.config.limits.max_connections, loaded.config.limits.message_burst), (3, 2));
    let origin = |key| loaded.settings.iter().find(|setting| setting.key == key).unwrap().origin.to_string();
    assert_eq!(origin("limits.max_connections"), "flag --set");
    assert_eq!(origin("limits.message_burst"), "variable CHATD__LIMITS__MESSAGE_BURST");
    assert_eq!(origin("listen"), "default");
}

#[test]
fn a_switch_is_set_by_a_variable_or_a_flag_as_in_the_file() {
    for text in ["false", " false "] {
        let sources = Sources { flags: vec![flag("files.enabled", text)], ..Sources::default() };
        assert!(!load(&sources).unwrap().config.files.enabled);
    }
    let sources = Sources { flags: vec![flag("files.enabled", "no")], ..Sources::default() };
    assert!(load(&sources).unwrap_err().to_string().contains("expected a boolean"));
}

#[test]
fn a_number_out_of_range_names_key_value_and_range() {
    let error = load_file("[argon2]\nmemory_kib = 1024\n").unwrap_err().to_string();
    assert_eq!(error, "/etc/chatd.toml line 2: argon2.memory_kib: is 1024, allowed is 19456 to 4194304");
    assert!(load_file("[argon2]\nmemory_kib = 19456\n").is_ok());
    assert!(load_file("[argon2]\nmemory_kib = 4194305\n").is_err());
    assert!(load_file("[argon2]\nmemory_kib = -1\n").is_err());
}

#[test]
fn a_value_of_the_wrong_kind_names_what_was_expected() {
    let expect = |text: &str, words: &str| {
        let error = load_file(text).unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
    };
    expect("listen = \"7777\"", "expected an IP address and a port, like 0.0.0.0:7777");
    expect("[registration]\nmode = \"open\"", "expected `invite` or `closed`");
    expect("[limits]\nmessage_burst = \"many\"", "expected u32");
    expect("server_name = \"a:b\"", "server name holds ':'");
    expect("public_address = \"exa mple\"", "expected a host name or IP address");
    expect("listen = \"0.0.0.0:7777", "line 1: not valid TOML");
}

#[test]
fn a_relative_path_is_meant_from_the_folder_of_the_file() {
    let loaded = load_file("data_dir = \"data\"\nkeys_dir = \"/srv/keys\"\n").unwrap();
    assert_eq!(loaded.config.data_dir, PathBuf::from("/etc/data"));
    assert_eq!(loaded.config.keys_dir(), PathBuf::from("/srv/keys"));
    assert_eq!(load_file("data_dir = \".\"\n").unwrap().config.data_dir, PathBuf::from("/etc"));
}

#[test]
fn a_host_keeps_its_port_and_an_ipv6_address_its_brackets() {
    for text in
        ["chat.example.org", "chat.example.org:7777", "192.0.2.1:1", "[2001:db8::1]:7777", "2001:db8::1"]
    {
        let address: HostPort = text.parse().unwrap();
        assert_eq!(address.to_string(), text);
    }
    for text in ["", ":7777", "a b", "host:0", "host:70000", "-a", "a..b", "a:b:c", "host:", "[a]:1", "höst"]
    {
        assert!(text.parse::<HostPort>().is_err(), "{text}");
    }
}

fn load_file(text: &str) -> Result<Loaded, ConfigError> {
    load(&Sources { file: Some(("/etc/chatd.toml".into(), text.to_owned())), ..Sources::default() })
}

fn flag(key: &str, value: &str) -> Flag {
    Flag { name: "--set".to_owned(), key: key.to_owned(), value: value.to_owned() }
}

/// A commented setting is `#key = value`, an explanation is `# Words`.
fn is_setting(line: &str) -> bool {
    line.strip_prefix('#')
        .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_lowercase()) && rest.contains(" = "))
}

fn uncommented(text: &str) -> String {
    let uncomment = |line: &str| if is_setting(line) { line[1..].to_owned() } else { line.to_owned() };
    text.lines().map(uncomment).collect::<Vec<_>>().join("\n")
}
