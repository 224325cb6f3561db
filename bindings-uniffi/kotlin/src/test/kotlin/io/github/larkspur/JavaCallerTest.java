package io.github.larkspur;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What a caller in Java writes. */
class JavaCallerTest {
    private final App app = new App();

    private ClientOptions.Builder builder() {
        return ClientOptions.builder().appId(app.getId()).appSecret(app.getSecret()).baseUrl(Sandbox.INSTANCE.getUrl());
    }

    private ClientOptions options() {
        return builder().build();
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
    void whatHangsOnFuturesMayWait() throws Exception {
        try (FutureClient client = new Client(options()).getFutures()) {
            List<CompletableFuture<String>> all = new ArrayList<>();
            for (int i = 0; i < 80; i++) {
                all.add(client.call("im.v1.chat.list").thenApply(first -> client.call("im.v1.chat.list").join()));
            }
            for (CompletableFuture<String> each : all) {
                assertTrue(each.get(30, TimeUnit.SECONDS).contains("items"));
            }
        }
    }

    @Test
    void errorsAreCaughtByTheirClass() throws InterruptedException {
        CallOptions wrong = CallOptions.ofMillis(null, null, 0, Map.of("X-A", "b\nc"), "key");
        try (BlockingClient client = new Client(options()).getBlocking()) {
            client.call("im.v1.chat.list", "{}", Map.of(), wrong);
        } catch (LarkException.Api error) {
            throw new AssertionError(error.getRetryAfterMillis() + " " + error.getLogId());
        } catch (LarkException error) {
            assertTrue(error.getMessage().contains("header X-A"), error.getMessage());
            return;
        }
        throw new AssertionError("nothing was thrown");
    }

    @Test
    void stores() throws InterruptedException {
        Map<String, StoredToken> kept = new ConcurrentHashMap<>();
        BlockingTokenStore own = new BlockingTokenStore() {
            @Override
            public StoredToken load(String key) {
                return kept.get(key);
            }

            @Override
            public synchronized boolean swap(String key, String expected, String value, long ttl) {
                StoredToken found = kept.get(key);
                boolean isExpected = Objects.equals(found == null ? null : found.getVersion(), expected);
                if (isExpected && ttl > 0) {
                    kept.put(key, new StoredToken(value, UUID.randomUUID().toString()));
                }
                return isExpected;
            }
        };
        RedisStore redis = RedisStore.of((script, keys, arguments) -> Redis.INSTANCE.eval(script, keys, arguments));
        for (ClientOptions.Builder builder : List.of(builder().tokenStore(own), builder().tokenStore(redis), builder().tokenStore(own))) {
            try (BlockingClient client = new Client(builder.build()).getBlocking()) {
                client.call("im.v1.chat.list");
            }
        }
        assertEquals(1, kept.size());
        assertEquals(2, app.tokenRequests());
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
