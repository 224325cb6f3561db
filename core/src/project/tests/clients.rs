//! What a client is made with.

use super::*;

#[test]
fn the_families_stay_apart_and_credentials_are_checked() {
    let world = world(user());
    let foreign = Target::Operation(Operation::find("contact.v3.user.get").unwrap(), Arguments::default());
    let error = world.client.call(&Invocation { target: foreign, ..create() }, Entropy([0; 32])).unwrap_err();
    assert!(error.to_string().contains("call it on a Client"), "{error}");
    let platform = Client::new(Options { app_id: "cli_1".into(), app_secret: Secret::new("s"), ..Options::default() }).unwrap();
    assert!(platform.call(&create(), Entropy([0; 32])).unwrap_err().to_string().contains("ProjectClient"));
    let empty = Options { project: Some(user()), ..Options::default() };
    assert_eq!(Client::new(empty).unwrap_err().to_string(), "plugin_id is empty; pass it or set LARK_PLUGIN_ID");
    let international = Options {
        base_url: "lark".into(),
        app_id: "MII".into(),
        app_secret: Secret::new("s"),
        project: Some(user()),
        ..Options::default()
    };
    assert_eq!(Client::new(international).unwrap().base_url(), "https://project.larksuite.com");
}

#[test]
fn nothing_secret_is_printed() {
    let mut world = world(user()).answering([ok("1")]);
    world.call(&create()).unwrap();
    let shown = format!("{:?}", world.client);
    assert!(!shown.contains("s3cret") && !shown.contains("p-1"), "{shown}");
}

#[test]
fn addresses_are_names_hosts_or_urls() {
    let made = |base_url: &str| {
        let (app_id, app_secret) = ("MII_1".into(), Secret::new("s3cret"));
        Client::new(Options { app_id, app_secret, base_url: base_url.into(), project: Some(user()), ..Options::default() })
    };
    for (given, base) in [
        ("feishu", "https://project.feishu.cn"),
        ("lark", "https://project.larksuite.com"),
        ("project.example.com", "https://project.example.com"),
        ("https://project.example.com/", "https://project.example.com"),
    ] {
        assert_eq!(made(given).unwrap().base_url(), base);
    }
    let refused = made("fieshu").unwrap_err().to_string();
    assert_eq!(refused, "base_url is no URL; pass feishu, lark or a URL such as https://project.feishu.cn");
    assert!(made("http://project.example.com").is_err());
}

#[test]
fn a_user_key_is_one_word_of_ascii() {
    for key in ["张三", "7 8", "7\r\nX: y"] {
        let project = ProjectOptions { user_key: key.into(), ..ProjectOptions::default() };
        let options = Options { app_id: "MII_1".into(), app_secret: Secret::new("s3cret"), project: Some(project), ..Options::default() };
        assert!(Client::new(options).unwrap_err().to_string().starts_with("user_key holds a character that no user key has"), "{key}");
    }
}
