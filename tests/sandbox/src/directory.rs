//! A company of 10,000 people in a tree of 111 departments, the same in every run and for every app.

use std::collections::HashMap;
use std::sync::OnceLock;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::blob::hex;

const FAMILY: [(&str, &str); 8] =
    [("王", "Wang"), ("李", "Li"), ("张", "Zhang"), ("刘", "Liu"), ("陈", "Chen"), ("杨", "Yang"), ("赵", "Zhao"), ("黄", "Huang")];
const GIVEN: [(&str, &str); 10] = [
    ("伟", "Wei"),
    ("芳", "Fang"),
    ("娜", "Na"),
    ("敏", "Min"),
    ("静", "Jing"),
    ("磊", "Lei"),
    ("洋", "Yang"),
    ("艳", "Yan"),
    ("勇", "Yong"),
    ("杰", "Jie"),
];

/// The whole company.
pub(crate) struct Directory {
    pub(crate) users: Vec<User>,
    pub(crate) departments: Vec<Department>,
    user_places: HashMap<String, usize>,
    department_places: HashMap<String, usize>,
}

/// One employee.
pub(crate) struct User {
    pub(crate) number: usize,
    pub(crate) open_id: String,
    pub(crate) union_id: String,
    pub(crate) user_id: String,
    pub(crate) email: String,
    pub(crate) mobile: String,
    /// Place of the user's department in `departments`.
    pub(crate) department: usize,
}

/// One department; the first is the root, `0`.
pub(crate) struct Department {
    pub(crate) open_id: String,
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) parent: Option<usize>,
    pub(crate) members: Vec<usize>,
}

impl Directory {
    /// The one directory of the process: 1,000 people in the root, 100 in each of its 10 departments, 80 in each of their 100.
    pub(crate) fn get() -> &'static Directory {
        static DIRECTORY: OnceLock<Directory> = OnceLock::new();
        DIRECTORY.get_or_init(Directory::make)
    }

    /// The user with this id of any kind.
    pub(crate) fn user(&self, id: &str) -> Option<&User> {
        self.users.get(*self.user_places.get(id)?)
    }

    /// The place of the department with this id of either kind.
    pub(crate) fn department(&self, id: &str) -> Option<usize> {
        self.department_places.get(id).copied()
    }

    /// The places of the departments right below `parent`.
    pub(crate) fn children(&self, parent: usize) -> Vec<usize> {
        (0..self.departments.len()).filter(|place| self.departments.get(*place).is_some_and(|it| it.parent == Some(parent))).collect()
    }

    /// The places of all departments below `parent`, parents before their children.
    pub(crate) fn descendants(&self, parent: usize) -> Vec<usize> {
        let children = self.children(parent);
        children.iter().flat_map(|child| std::iter::once(*child).chain(self.descendants(*child))).collect()
    }

    fn make() -> Directory {
        let mut departments = departments();
        let mut users = Vec::with_capacity(10_000);
        for (place, department) in departments.iter_mut().enumerate() {
            let size = [1000, 100, 80].get(depth(&department.id)).copied().unwrap_or_default();
            department.members = (users.len()..users.len() + size).collect();
            users.extend(department.members.iter().map(|number| User::new(*number, place)));
        }
        let ids = |user: &User| [user.open_id.clone(), user.union_id.clone(), user.user_id.clone()];
        let user_places = users.iter().flat_map(|user| ids(user).map(|id| (id, user.number))).collect();
        let named = departments.iter().enumerate();
        let department_places = named.flat_map(|(place, it)| [(it.open_id.clone(), place), (it.id.clone(), place)]).collect();
        Directory { users, departments, user_places, department_places }
    }
}

impl User {
    fn new(number: usize, department: usize) -> User {
        let text = number.to_string();
        User {
            number,
            open_id: id("ou_", &text),
            union_id: id("on_", &text),
            user_id: id("", &text).chars().take(8).collect(),
            email: format!("user{number:05}@example.com"),
            mobile: format!("+86138{number:08}"),
            department,
        }
    }

    /// The user as the platform shows it, with department ids of the kind `department_id_type`.
    pub(crate) fn to_json(&self, department_id_type: &str) -> Value {
        let (family, given) = (pick(&FAMILY, self.number), pick(&GIVEN, self.number / FAMILY.len()));
        let department = Directory::get().departments.get(self.department).map(|it| it.id_of(department_id_type));
        json!({
            "open_id": self.open_id, "union_id": self.union_id, "user_id": self.user_id,
            "name": format!("{}{}", family.0, given.0), "en_name": format!("{} {}", given.1, family.1), "nickname": "",
            "email": self.email, "enterprise_email": self.email, "mobile": self.mobile, "mobile_visible": true,
            "gender": self.number % 2 + 1, "avatar": {}, "city": "Beijing", "country": "CN", "work_station": "",
            "status": {"is_frozen": false, "is_resigned": false, "is_activated": true, "is_exited": false, "is_unjoin": false},
            "department_ids": [department], "employee_no": format!("{:05}", self.number), "employee_type": 1,
            "join_time": 1_600_000_000 + self.number, "is_tenant_manager": self.number == 0, "job_title": "", "description": "",
        })
    }
}

impl Department {
    /// The id of the kind `department_id_type`.
    pub(crate) fn id_of(&self, department_id_type: &str) -> &str {
        if department_id_type == "department_id" { &self.id } else { &self.open_id }
    }

    /// The department as the platform shows it.
    pub(crate) fn to_json(&self, department_id_type: &str) -> Value {
        let parent = self.parent.and_then(|place| Directory::get().departments.get(place));
        json!({
            "name": self.name, "department_id": self.id, "open_department_id": self.open_id,
            "parent_department_id": parent.map_or("0", |parent| parent.id_of(department_id_type)),
            "member_count": self.members.len(), "primary_member_count": self.members.len(), "status": {"is_deleted": false},
        })
    }
}

/// An id that begins with `prefix` and depends on `seed` alone.
pub(crate) fn id(prefix: &str, seed: &str) -> String {
    let digest = hex(&Sha256::digest(format!("{prefix} {seed}")));
    format!("{prefix}{}", digest.get(..32).unwrap_or_default())
}

fn departments() -> Vec<Department> {
    let mut all = vec![Department { open_id: "0".into(), id: "0".into(), name: "Example Ltd.".into(), parent: None, members: Vec::new() }];
    for upper in 1..=10 {
        let parent = all.len();
        all.push(department(format!("d{upper:02}"), format!("Division {upper}"), 0));
        all.extend((1..=10).map(|lower| department(format!("d{upper:02}{lower:02}"), format!("Team {upper}.{lower}"), parent)));
    }
    all
}

fn department(id_text: String, name: String, parent: usize) -> Department {
    Department { open_id: id("od-", &id_text), id: id_text, name, parent: Some(parent), members: Vec::new() }
}

fn depth(id: &str) -> usize {
    id.len() / 2
}

fn pick<T: Copy>(from: &[T], number: usize) -> T {
    from.get(number % from.len()).copied().unwrap_or_else(|| unreachable!("the remainder is in range"))
}

#[cfg(test)]
mod tests {
    use super::Directory;

    #[test]
    fn ten_thousand_people_in_a_tree() {
        let directory = Directory::get();
        assert_eq!((directory.users.len(), directory.departments.len()), (10_000, 111));
        assert_eq!((directory.children(0).len(), directory.descendants(0).len()), (10, 110));
        assert_eq!(directory.departments[0].members.len(), 1000);
        assert_eq!(directory.user_places.len(), 30_000, "no two ids are the same");
        let user = &directory.users[1234];
        for id in [&user.open_id, &user.union_id, &user.user_id] {
            assert_eq!(directory.user(id).unwrap().number, 1234);
        }
    }
}
