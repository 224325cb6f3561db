package io.github.larkspur;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;

/** What a caller in Java writes. */
class JavaCallerTest {
    private final App app = new App();

    private ClientOptions options() {
        return ClientOptions.builder().appId(app.getId()).appSecret(app.getSecret()).baseUrl(Sandbox.INSTANCE.getUrl()).build();
    }

    @Test
    void futures() throws Exception {
        try (FutureClient client = new Client(options()).getFutures()) {
            String page = client.call("contact.v3.user.findByDepartment", "{\"department_id\":\"0\"}").get();
            assertTrue(page.contains("open_id"), page);
            Reply reply = client.requestRaw(new Request("GET", "/open-apis/im/v1/chats")).get();
            assertEquals(200, reply.getStatus());
            ExecutionException failed = assertThrows(ExecutionException.class, () -> client.call("im.v1.message.get", "{}").get());
            assertInstanceOf(LarkException.Argument.class, failed.getCause());
        }
    }

    @Test
    void blocking() throws InterruptedException {
        try (BlockingClient client = new Client(options()).getBlocking()) {
            String hello = "{\"receive_id_type\":\"chat_id\",\"receive_id\":\"oc_1\",\"content\":" + Message.text("hello").toJson() + "}";
            assertTrue(client.call("im.v1.message.create", hello).contains("message_id"));
            LarkException.NotFound refused =
                assertThrows(LarkException.NotFound.class, () -> client.call("im.v1.message.get", "{\"message_id\":\"om_unknown\"}"));
            assertEquals(400, refused.getStatus());
        }
    }

    @Test
    void others() throws Exception {
        Scopes needed = Permissions.scopes(List.of("im.v1.message.create"));
        assertEquals(List.of("im:message:send_as_bot"), needed.getTenant());
        assertEquals(List.of("im.v1.message.create"), Permissions.operationsIn("client.im.v1.message.create(1)"));
        try (Client client = new Client(options())) {
            assertTrue(client.getBlocking().signPage("https://app.example.com/").getJson().contains(app.getId()));
            assertEquals(32, client.getFutures().signPage("https://app.example.com/").get().getNonceStr().length());
        }
    }
}
