//! How a work item moves: stories from node to node, all other types from state to state.

use serde_json::{Value, json};

use super::envelope::{done, refusal};
use super::items::Item;
use super::{acting, item_id};
use crate::answer::{Refusal, Reply};
use crate::platform::Call;

const NODES: [(&str, &str); 3] = [("draft", "Draft"), ("build", "Build"), ("release", "Release")];
const STATES: [(&str, &str); 3] = [("OPEN", "Open"), ("WORKING", "Working"), ("CLOSED", "Closed")];

/// Where a work item stands: so many nodes are finished, or so many states left behind.
pub(super) struct Flow {
    has_nodes: bool,
    place: usize,
}

impl Flow {
    /// The flow of a type, at its beginning.
    pub(super) fn of(kind: &str) -> Flow {
        Flow { has_nodes: kind == "story", place: 0 }
    }

    pub(super) fn pattern(&self) -> &'static str {
        if self.has_nodes { "Node" } else { "State" }
    }

    /// The nodes that are in progress.
    pub(super) fn current_nodes(&self) -> Value {
        let current = NODES.get(self.place).filter(|_| self.has_nodes);
        current.map(|(id, name)| json!({"id": id, "name": name})).into_iter().collect()
    }

    pub(super) fn status(&self) -> Value {
        let key = match STATES.get(self.place) {
            Some((key, _)) if !self.has_nodes => key,
            _ if self.has_nodes && self.place == NODES.len() => "end",
            _ => "started",
        };
        json!({"state_key": key, "is_archived_state": false})
    }

    fn to_json(&self) -> Value {
        // 1: not reached, 2: in progress, 3: finished.
        let status = |index: usize| match index.cmp(&self.place) {
            std::cmp::Ordering::Less => 3,
            std::cmp::Ordering::Equal => 2,
            std::cmp::Ordering::Greater => 1,
        };
        if self.has_nodes {
            let nodes = NODES.iter().enumerate();
            let nodes: Vec<Value> =
                nodes.map(|(index, (id, name))| json!({"id": id, "state_key": id, "name": name, "status": status(index)})).collect();
            return json!({"workflow_nodes": nodes, "template_id": 1, "version": 1});
        }
        let states = STATES.iter().enumerate();
        let states: Vec<Value> = states.map(|(index, (id, name))| json!({"id": id, "name": name, "status": status(index)})).collect();
        let ways = STATES.iter().zip(STATES.iter().skip(1)).enumerate();
        let ways: Vec<Value> = ways
            .map(|(index, (from, to))| json!({"source_state_key": from.0, "target_state_key": to.0, "transition_id": index + 1}))
            .collect();
        json!({"state_flow_nodes": states, "connections": ways, "template_id": 2, "version": 1})
    }

    fn confirm(&mut self, node: usize) -> Result<(), Refusal> {
        match node.cmp(&self.place) {
            std::cmp::Ordering::Less => Err(refusal(20017, "State Node Has Been Completed")),
            std::cmp::Ordering::Greater => Err(refusal(20016, "State Not Arrived")),
            std::cmp::Ordering::Equal => {
                self.place += 1;
                Ok(())
            }
        }
    }

    fn roll_back(&mut self, node: usize, reason: &str) -> Result<(), Refusal> {
        if reason.is_empty() {
            return Err(refusal(20005, "Missing Param: rollback_reason"));
        }
        if node >= self.place {
            return Err(refusal(20037, "Node Not Completed"));
        }
        self.place = node;
        Ok(())
    }
}

/// `POST …/workflow/query`.
pub(super) fn query(call: &mut Call) -> Reply {
    let wants_states = call.request.json.get("flow_type").and_then(Value::as_u64) == Some(1);
    let flow = item(call)?.flow.to_json();
    match (wants_states, flow.get("workflow_nodes").is_some()) {
        (true, true) => Err(refusal(20027, "the work item has a flow of nodes")),
        (false, false) => Err(refusal(20026, "the work item has a flow of states")),
        _ => Ok(done(call, flow, Value::Null)),
    }
}

/// `POST …/node/:node_id/operate`: `confirm` or `rollback`.
pub(super) fn operate(call: &mut Call) -> Reply {
    let node = NODES.iter().position(|(id, _)| *id == call.params.get("node_id"));
    let node = node.ok_or_else(|| refusal(30011, "Node Not Found"))?;
    let (action, reason) = (call.request.text("action"), call.request.text("rollback_reason"));
    let flow = &mut item(call)?.flow;
    match action {
        _ if !flow.has_nodes => Err(refusal(20018, "Node Not Exist In Workflow")),
        "confirm" => flow.confirm(node),
        "rollback" => flow.roll_back(node, reason),
        _ => Err(refusal(20082, "only confirm or rollback")),
    }?;
    moved(call)
}

/// `POST …/node/state_change`.
pub(super) fn change(call: &mut Call) -> Reply {
    let way = call.request.json.get("transition_id").and_then(Value::as_u64).and_then(|way| usize::try_from(way).ok());
    let flow = &mut item(call)?.flow;
    if flow.has_nodes || way != Some(flow.place + 1) || flow.place + 1 == STATES.len() {
        return Err(refusal(10002, "Illegal Operation: no way from this state"));
    }
    flow.place += 1;
    moved(call)
}

fn item<'a>(call: &'a mut Call) -> Result<&'a mut Item, Refusal> {
    let id = item_id(call);
    call.app.project.work.find(call.params.get("project_key"), call.params.get("work_item_type_key"), id)
}

fn moved(call: &mut Call) -> Reply {
    let (id, by) = (item_id(call), acting(call));
    call.app.project.work.note(id, "move", &by, call.now);
    Ok(done(call, Value::Null, Value::Null))
}
