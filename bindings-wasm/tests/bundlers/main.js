import { Client, message } from "larkspur";

const client = new Client({ baseUrl: "/lark" });
const page = await client.contact.v3.user.findByDepartment({ department_id: "0", page_size: 3 });
document.querySelector("output").textContent = page.items.map((user) => user.name).join(", ");
globalThis.greet = () =>
  client.im.v1.message.create({ receive_id_type: "chat_id", receive_id: "oc_1", content: message.text("hi") });
