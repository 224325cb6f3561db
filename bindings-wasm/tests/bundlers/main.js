import { Client } from "larkspur";

const client = new Client({ baseUrl: "/lark" });
const page = await client.contact.v3.user.findByDepartment({ department_id: "0", page_size: 3 });
document.querySelector("output").textContent = page.items.map((user) => user.name).join(", ");
