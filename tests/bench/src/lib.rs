//! What the programs of the bench share: the answers that are served and measured.

/// The answer to a token request, as the platform gives it.
pub fn token_body() -> String {
    r#"{"code":0,"msg":"ok","tenant_access_token":"t-bench0000000000000000000000000000","expire":7200,"app_access_token":"t-bench0000000000000000000000000000"}"#.into()
}

/// The answer to a sent message: about 1.2 KB.
pub fn message_body() -> String {
    let mentions: Vec<String> = (1..=4)
        .map(|n| {
            format!(
                r#"{{"key":"@_user_{n}","id":"ou_155184d1e73cbfb8973e5a9e698e7{n:03}","id_type":"open_id","name":"Tom {n}","tenant_key":"736588c9260f175e"}}"#
            )
        })
        .collect();
    let content = r#"{\"text\":\"Hello 你好, this is the body of a message as bots send them every day \\n with a second line and some more words\"}"#;
    format!(
        concat!(
            r#"{{"code":0,"msg":"success","data":{{"message_id":"om_dc13264520392913993dd051dba21dcf","root_id":"om_40eb06e7b84dc71c03e009ad3c754195","#,
            r#""parent_id":"om_d4be107c616aed9c1da8ed8068570a9f","msg_type":"text","create_time":"1615380573411","update_time":"1615380573411","#,
            r#""deleted":false,"updated":false,"chat_id":"oc_5ad11d72b830411d72b836c20","sender":{{"id":"cli_9f427eec54ae901b","id_type":"app_id","#,
            r#""sender_type":"app","tenant_key":"736588c9260f175e"}},"body":{{"content":"{}"}},"mentions":[{}],"upper_message_id":"om_40eb06e7b84dc71c03e009ad3c754195"}}}}"#
        ),
        content,
        mentions.join(",")
    )
}

/// A page of 36 users: about 40 KB.
pub fn users_body() -> String {
    let users: Vec<String> = (0..36).map(user).collect();
    format!(r#"{{"code":0,"msg":"success","data":{{"has_more":true,"page_token":"next-page-token","items":[{}]}}}}"#, users.join(","))
}

fn user(n: u32) -> String {
    let departments: Vec<String> = (0..6).map(|d| format!(r#""od-4e6ac4d14bcd5071a37a39de902c7{n:02}{d}""#)).collect();
    let attributes: Vec<String> = (0..4)
        .map(|a| {
            format!(
                r#"{{"type":"TEXT","id":"C-68{n:03}{a}","value":{{"text":"DemoValue {a}","url":"https://www.example.com/{n}/{a}","pc_url":"https://www.example.com/pc/{n}/{a}"}}}}"#
            )
        })
        .collect();
    format!(
        concat!(
            r#"{{"union_id":"on_94a1ee5551019f18cd73d9f111898c{n:02}","user_id":"3e3cf9{n:02}","open_id":"ou_7dab8a3d3cdcc9da365777c7ad535d{n:02}","name":"张三 {n}","#,
            r#""en_name":"San Zhang {n}","nickname":"Alex {n}","email":"zhangsan{n}@example.com","mobile":"+8613011111{n:03}","mobile_visible":true,"gender":1,"#,
            r#""avatar":{{"avatar_72":"https://avatar.example.com/72/{n}.png","avatar_240":"https://avatar.example.com/240/{n}.png","avatar_640":"https://avatar.example.com/640/{n}.png"}},"#,
            r#""status":{{"is_frozen":false,"is_resigned":false,"is_activated":true,"is_exited":false,"is_unjoin":false}},"department_ids":[{departments}],"#,
            r#""leader_user_id":"ou_7dab8a3d3cdcc9da365777c7ad535d62","city":"杭州","country":"CN","work_station":"北楼-H3{n}","join_time":14960{n:05},"is_tenant_manager":false,"#,
            r#""employee_no":"employee-{n}","employee_type":1,"custom_attrs":[{attributes}],"job_title":"软件工程师","enterprise_email":"demo{n}@mail.example.com"}}"#
        ),
        n = n,
        departments = departments.join(","),
        attributes = attributes.join(",")
    )
}
