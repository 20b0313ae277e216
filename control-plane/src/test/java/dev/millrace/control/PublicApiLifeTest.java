package dev.millrace.control;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.control.ControlServer.Reply;
import dev.millrace.control.access.Role;
import dev.millrace.control.access.Scope;
import dev.millrace.control.db.Database;
import dev.millrace.control.db.PostgresExtension;
import dev.millrace.control.history.postgres.PostgresHistory;
import dev.millrace.control.http.Endpoint;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What was made for n8n's public API works here: a whole life, call by call. */
@ExtendWith({PostgresExtension.class, RedisExtension.class})
final class PublicApiLifeTest {
  private static final String FILTER =
      """
      {"filters":[{"columnName":"who","condition":"eq","value":"Ada"}]}\
      """;

  private static final String LIFE =
      """
      GET    | /discover                        | | 200 | {"data":{"scopes":"<list>","resources":{"workflows":{"operations":"<list>","endpoints":"<list>"}},"specUrl":"/api/v1/openapi.yml"}}
      GET    | /openapi.yml                     | | 200 | {"openapi":"3.1.0","paths":{"/api/v1/workflows":"<object>"}}
      GET    | /roles                           | | 200 | {"data":"<list>","nextCursor":null}

      POST   | /users                           | [{"email":"friend@example.com","role":"global:member"}] | 201 | [{"user":{"id":"<text as friend>","email":"friend@example.com","role":"global:member","emailSent":false},"error":""}]
      GET    | /users?includeRole=true&limit=1  | | 200 | {"data":[{"id":"{friend}","email":"friend@example.com","role":"global:member","isPending":true,"createdAt":"<time>"}],"nextCursor":"<text>"}
      GET    | /users/friend@example.com        | | 200 | {"id":"{friend}","role":"<absent>","firstName":"","lastName":""}
      PATCH  | /users/{friend}/role             | {"newRoleName":"global:admin"} | 200 | {"id":"{friend}","role":"global:admin"}

      POST   | /projects                        | {"name":"First"}  | 201 | {"id":"<text as first>","name":"First","type":"team"}
      POST   | /projects                        | {"name":"Second"} | 201 | {"id":"<text as second>"}
      PUT    | /projects/{second}               | {"name":"Last"}   | 204 |
      GET    | /projects?limit=2                | | 200 | {"data":[{"id":"<text>","name":"<text>","type":"<text>","createdAt":"<time>"},{"id":"<text>"}],"nextCursor":"2"}
      POST   | /projects/{first}/users          | {"relations":[{"userId":"{friend}","role":"project:viewer"}]} | 201 | {"data":[{"id":"{friend}","role":"project:viewer"},{"role":"project:admin"}],"nextCursor":null}
      PATCH  | /projects/{first}/users/{friend} | {"role":"project:editor"} | 204 |
      GET    | /projects/{first}/users?limit=1  | | 200 | {"data":[{"id":"{friend}","email":"friend@example.com","role":"project:editor"}],"nextCursor":"1"}
      GET    | /users?projectId={first}         | | 200 | {"data":[{"id":"{friend}"},{"email":"owner@example.com"}],"nextCursor":null}
      DELETE | /projects/{first}/users/{friend} | | 204 |
      PATCH  | /projects/{first}/users/{friend} | {"role":"project:editor"} | 404 | {"code":"MR-5004"}

      GET    | /credentials/schema/httpBasicAuth | | 200 | {"type":"object","additionalProperties":false,"properties":{"user":{"type":"string"},"password":{"type":"string"}},"required":"<list>"}
      POST   | /credentials                     | {"name":"Key","type":"httpHeaderAuth","data":{"name":"x-key","value":"secret"},"projectId":"{first}"} | 200 | {"id":"<text as credential>","name":"Key","type":"httpHeaderAuth","createdAt":"<time>","updatedAt":"<time>","data":"<absent>"}
      GET    | /credentials                     | | 200 | {"data":[{"id":"{credential}","name":"Key","shared":[{"id":"{first}","role":"credential:owner"}]}],"nextCursor":null}
      PATCH  | /credentials/{credential}        | {"name":"Another key","data":{"value":"changed"},"isPartialData":true} | 200 | {"name":"Another key","data":"<absent>"}
      GET    | /credentials/{credential}        | | 200 | {"name":"Another key","type":"httpHeaderAuth"}
      POST   | /credentials/{credential}/test   | | 200 | {"status":"Error","message":"<text>"}
      PUT    | /credentials/{credential}/transfer | {"destinationProjectId":"{second}"} | 200 | {"projectId":"{second}"}

      POST   | /workflows                       | {draft} | 200 | {"id":"<text as workflow>","name":"Life","active":false,"isArchived":false,"createdAt":"<time>","updatedAt":"<time>","versionId":"1","activeVersionId":null,"nodes":[{"name":"Webhook"}],"connections":{},"settings":{"executionOrder":"v1"},"staticData":null,"tags":[],"shared":[{"role":"workflow:owner","workflowId":"<text>"}]}
      POST   | /tags                            | {"name":"Finance"} | 201 | {"id":"<text as tag>","name":"Finance","createdAt":"<time>","updatedAt":"<time>"}
      POST   | /tags                            | {"name":"Finance"} | 409 | {"code":"MR-5005"}
      PUT    | /tags/{tag}                      | {"name":"Money"} | 200 | {"id":"{tag}","name":"Money"}
      GET    | /tags                            | | 200 | {"data":[{"id":"{tag}","name":"Money"}],"nextCursor":null}
      GET    | /tags/{tag}                      | | 200 | {"id":"{tag}","name":"Money"}
      PUT    | /workflows/{workflow}/tags       | [{"id":"{tag}"}] | 200 | [{"id":"{tag}","name":"Money","createdAt":"<time>"}]
      PUT    | /workflows/{workflow}/tags       | [{"id":"none"}] | 400 | {"code":"MR-5003"}
      GET    | /workflows/{workflow}/tags       | | 200 | [{"id":"{tag}"}]
      GET    | /workflows?tags=Money            | | 200 | {"data":[{"id":"{workflow}","tags":[{"id":"{tag}","name":"Money"}]}],"nextCursor":null}
      GET    | /workflows?tags=Money,Other      | | 200 | {"data":[],"nextCursor":null}
      PUT    | /workflows/{workflow}            | {changed} | 200 | {"id":"{workflow}","name":"Changed","versionId":"2","active":false}
      POST   | /workflows/{workflow}/activate   | | 200 | {"id":"{workflow}","active":true,"versionId":"2","activeVersionId":"2"}
      GET    | /workflows?active=true           | | 200 | {"data":[{"id":"{workflow}","name":"Changed","nodes":"<list>"}],"nextCursor":null}
      GET    | /workflows?active=false          | | 200 | {"data":[],"nextCursor":null}
      GET    | /workflows?name=chang&limit=1    | | 200 | {"data":[{"id":"{workflow}"}],"nextCursor":"<text>"}
      GET    | /workflows/{workflow}            | | 200 | {"id":"{workflow}","active":true,"pinData":null}
      GET    | /workflows/{workflow}/history    | | 200 | {"data":[{"versionId":"2","workflowId":"{workflow}","authors":"owner@example.com","createdAt":"<time>"},{"versionId":"1"}],"nextCursor":null}
      GET    | /workflows/{workflow}/versions/1 | | 200 | {"versionId":"1","workflowId":"{workflow}","nodes":[{"name":"Webhook"}],"connections":{}}
      GET    | /workflows/{workflow}/2          | | 200 | {"versionId":"2"}
      GET    | /workflows/{workflow}/3          | | 404 | {"code":"MR-5004"}
      POST   | /workflows/{workflow}/publish    | {"versionId":"1"} | 200 | {"active":true,"versionId":"2","activeVersionId":"1"}
      PUT    | /workflows/{workflow}            | {draft} | 200 | {"versionId":"3","activeVersionId":"3","active":true}
      POST   | /workflows/{workflow}/unpublish  | | 200 | {"active":false,"activeVersionId":null}
      POST   | /workflows/{workflow}/activate   | {} | 200 | {"active":true}

      GET    | /executions?workflowId={workflow} | | 200 | {"data":[{"id":"{execution}","finished":false,"mode":"webhook","retryOf":null,"retrySuccessId":null,"startedAt":"<time>","stoppedAt":"<time>","workflowId":"{workflow}","waitTill":null,"status":"error","data":"<absent>"}],"nextCursor":null}
      GET    | /executions?status=error&includeData=true&limit=1 | | 200 | {"data":[{"id":"{execution}","data":{"resultData":{"runData":{}}},"workflowData":{"id":"{workflow}","nodes":[{"name":"Webhook"}]}}],"nextCursor":null}
      GET    | /executions?status=success       | | 200 | {"data":[],"nextCursor":null}
      GET    | /executions?projectId={first}    | | 200 | {"data":[],"nextCursor":null}
      GET    | /executions/{execution}          | | 200 | {"id":"{execution}","data":"<absent>","customData":{}}
      GET    | /executions/{execution}?includeData=true | | 200 | {"data":{"resultData":"<object>"},"workflowData":{"name":"Changed"}}
      POST   | /executions/{execution}/retry    | {"loadWorkflow":true} | 409 | {"code":"MR-1507"}
      POST   | /executions/{execution}/stop     | | 409 | {"code":"MR-1507"}
      POST   | /executions/stop                 | {"status":["queued","running","waiting"],"workflowId":"{workflow}"} | 200 | {"stopped":0}
      PUT    | /executions/{execution}/tags     | [{"id":"{tag}"}] | 200 | [{"id":"{tag}"}]
      GET    | /executions/{execution}/tags     | | 200 | [{"name":"Money"}]
      DELETE | /executions/{execution}          | | 200 | {"id":"{execution}","status":"error"}
      GET    | /executions/{execution}          | | 404 | {"code":"MR-5004"}

      DELETE | /tags/{tag}                      | | 200 | {"id":"{tag}","name":"Money"}
      GET    | /tags/{tag}                      | | 404 | {"code":"MR-5004"}

      POST   | /projects/{first}/folders        | {"name":"Invoices"} | 201 | {"id":"<text as folder>","name":"Invoices"}
      GET    | /projects/{first}/folders        | | 200 | {"data":[{"id":"{folder}"}],"nextCursor":null}
      PATCH  | /projects/{first}/folders/{folder} | {"name":"Bills"} | 200 | {"name":"Bills"}
      GET    | /projects/{first}/folders/{folder} | | 200 | {"id":"{folder}","name":"Bills"}
      DELETE | /projects/{first}/folders/{folder} | | 204 |

      POST   | /variables                       | {"key":"rate","value":"3","projectId":"{first}"} | 201 | {"id":"<text as variable>","key":"rate","value":"3","type":"string"}
      PUT    | /variables/{variable}            | {"key":"rate","value":"4"} | 204 |
      GET    | /variables                       | | 200 | {"data":[{"id":"{variable}","key":"rate","value":"4"}],"nextCursor":null}
      DELETE | /variables/{variable}            | | 204 |

      POST   | /data-tables                     | {"name":"People","columns":[{"name":"who","type":"string"}],"projectId":"{first}"} | 201 | {"id":"<text as table>","name":"People","columns":[{"name":"who","type":"string"}]}
      GET    | /data-tables                     | | 200 | {"data":[{"id":"{table}"}],"nextCursor":null}
      PATCH  | /data-tables/{table}             | {"name":"Persons"} | 200 | {"name":"Persons"}
      GET    | /data-tables/{table}             | | 200 | {"id":"{table}","name":"Persons"}
      POST   | /data-tables/{table}/columns     | {"name":"age","type":"number"} | 201 | {"id":"<text as column>","name":"age","type":"number"}
      PATCH  | /data-tables/{table}/columns/{column} | {"name":"years"} | 200 | {"id":"{column}","name":"years"}
      GET    | /data-tables/{table}/columns     | | 200 | [{"name":"who"},{"name":"years"}]
      POST   | /data-tables/{table}/rows        | {"data":[{"who":"Ada","years":36}],"returnType":"id"} | 200 | [1]
      POST   | /data-tables/{table}/rows        | {"data":[{"who":"Eve"}]} | 200 | {"count":1}
      GET    | /data-tables/{table}/rows        | | 200 | {"data":[{"id":1,"who":"Ada","years":36},{"who":"Eve","years":null}],"nextCursor":null}
      PATCH  | /data-tables/{table}/rows/update | {"filter":{"filters":[{"columnName":"who","condition":"eq","value":"Ada"}]},"data":{"years":37},"returnData":true} | 200 | [{"id":1,"years":37}]
      POST   | /data-tables/{table}/rows/upsert | {"filter":{"filters":[{"columnName":"who","condition":"eq","value":"Bob"}]},"data":{"who":"Bob"}} | 200 | true
      DELETE | /data-tables/{table}/rows/delete?filter={filter} | | 200 | true
      DELETE | /data-tables/{table}/rows/clear  | | 200 | true
      GET    | /data-tables/{table}/rows        | | 200 | {"data":[],"nextCursor":null}
      DELETE | /data-tables/{table}/columns/{column} | | 204 |
      DELETE | /data-tables/{table}             | | 204 |

      POST   | /audit                           | {"additionalOptions":{"categories":["instance","credentials"]}} | 200 | {"Instance Risk Report":{"risk":"instance","sections":[{"title":"<text>","description":"<text>","recommendation":"<text>","location":[{"kind":"node","workflowId":"{workflow}","nodeName":"Webhook"}]}]},"Credentials Risk Report":{"risk":"credentials","sections":[{"location":[{"kind":"credential","id":"{credential}"}]}]},"Nodes Risk Report":"<absent>"}
      POST   | /workflows/{workflow}/deactivate | | 200 | {"active":false}
      PUT    | /workflows/{workflow}/transfer   | {"destinationProjectId":"{first}"} | 200 | {"shared":[{"projectId":"{first}"}]}
      DELETE | /projects/{first}                | | 409 | {"code":"MR-5005"}
      POST   | /workflows/{workflow}/archive    | | 200 | {"isArchived":true}
      POST   | /workflows/{workflow}/activate   | | 409 | {"code":"MR-5005"}
      POST   | /workflows/{workflow}/unarchive  | | 200 | {"isArchived":false}
      DELETE | /workflows/{workflow}            | | 200 | {"id":"{workflow}","name":"Life"}
      GET    | /workflows/{workflow}            | | 404 | {"code":"MR-5004"}
      DELETE | /credentials/{credential}        | | 200 | {"id":"{credential}"}
      GET    | /credentials/{credential}        | | 404 |
      DELETE | /projects/{first}                | | 204 |
      DELETE | /projects/{second}               | | 204 |
      DELETE | /users/{friend}                  | | 204 |
      """;

  private static final String REFUSED =
      """
      POST   | /workflows          | {"name":"x","nodes":[],"connections":{},"settings":{},"active":true} | 400 | {"code":"MR-5003"}
      POST   | /workflows          | {"name":"x","nodes":[],"connections":{},"settings":{},"id":"mine"}   | 400 | {"code":"MR-5003"}
      POST   | /workflows          | {"name":"x","nodes":[],"connections":{},"settings":{},"tags":[]}     | 400 | {"code":"MR-5003"}
      POST   | /workflows          | {"name":"x","nodes":[],"connections":{},"settings":{},"createdAt":"2026-01-01T00:00:00Z"} | 400 |
      POST   | /workflows          | {"name":"x","nodes":[],"connections":{}} | 400 | {"code":"MR-5003"}
      POST   | /workflows          | {"name":"x","nodes":{},"connections":{},"settings":{}} | 400 | {"code":"MR-5003"}
      POST   | /workflows          | {"name":"x","nodes":[],"connections":{},"settings":{},"projectId":"none"} | 404 | {"code":"MR-5004"}
      GET    | /workflows?limit=251 | | 400 | {"code":"MR-5003"}
      GET    | /workflows?limit=0  | | 400 | {"code":"MR-5003"}
      GET    | /workflows?active=perhaps | | 400 | {"code":"MR-5003"}
      GET    | /workflows?unknown=1 | | 400 | {"code":"MR-5003"}
      GET    | /workflows?cursor=mine | | 400 | {"code":"MR-5003"}
      GET    | /executions?status=odd | | 400 | {"code":"MR-5003"}
      GET    | /executions?cursor=mine | | 400 | {"code":"MR-5003"}
      POST   | /executions/stop    | {"status":[]} | 400 | {"code":"MR-5003"}
      POST   | /executions/stop    | {} | 400 | {"code":"MR-5003"}
      POST   | /executions/stop    | {"status":["success"]} | 400 | {"code":"MR-5003"}
      POST   | /credentials        | {"name":"x","type":"httpHeaderAuth","data":{},"id":"mine"} | 400 | {"code":"MR-5003"}
      POST   | /credentials        | {"name":"x","type":"httpHeaderAuth","data":[]} | 400 | {"code":"MR-5003"}
      GET    | /credentials/schema/none | | 404 | {"code":"MR-5004"}
      POST   | /users              | {"email":"x@example.com"} | 400 | {"code":"MR-5003"}
      POST   | /users              | [{"email":"owner@example.com"}] | 409 | {"code":"MR-5005"}
      POST   | /users              | [{"email":"new@example.com"},{"email":"owner@example.com"}] | 201 | [{"error":""},{"user":{"email":"owner@example.com"},"error":"<text>"}]
      PATCH  | /users/new@example.com/role | {"newRoleName":"global:owner"} | 403 | {"code":"MR-5002"}
      PATCH  | /users/new@example.com/role | {"newRoleName":"project:admin"} | 400 | {"code":"MR-5003"}
      DELETE | /users/owner@example.com | | 409 | {"code":"MR-5005"}
      POST   | /projects           | {"name":"x","type":"personal"} | 400 | {"code":"MR-5003"}
      POST   | /audit              | {"additionalOptions":{"categories":["all"]}} | 400 | {"code":"MR-5003"}
      GET    | /nothing            | | 404 | {"code":"MR-5004"}
      PATCH  | /workflows          | {} | 405 | {"code":"MR-3004"}
      """;

  @SuppressWarnings("NullAway.Init")
  private ControlServer server;

  @SuppressWarnings("NullAway.Init")
  private Database database;

  @SuppressWarnings("NullAway.Init")
  private String owner;

  @BeforeEach
  void start(Database.Settings settings, URI redis) {
    server = new ControlServer(settings, redis, InstantSource.system());
    database = Database.open(settings);
    new PostgresHistory(database).prepare(Instant.now());
    owner = server.setUp();
  }

  @AfterEach
  void stop() {
    database.close();
    server.close();
  }

  private String key(Map<String, ?> wanted) {
    return server.call("POST", "/api/me/api-keys", owner, wanted).text("key");
  }

  private PublicApiTable table() {
    return new PublicApiTable(server, key(Map.of("label", "a client")));
  }

  /** A workflow that a webhook starts, as n8n's clients send it. */
  private static String draft(String name, String path) {
    return """
    {"name":"%s","nodes":[{"id":"a","name":"Webhook","type":"n8n-nodes-base.webhook",\
    "typeVersion":2,"position":[0,0],"parameters":{"path":"%s","httpMethod":"POST"}}],\
    "connections":{},"settings":{"executionOrder":"v1"}}\
    """
        .formatted(name, path);
  }

  /** An execution that failed, of a workflow that is to be made. */
  private String execution(String workflow) {
    long now = Instant.now().toEpochMilli();
    String id = new UUID((now << 16) | 0x7000, 0x8000_0000_0000_0001L).toString();
    database
        .jdbi()
        .useHandle(handle ->
            handle.execute(
                "insert into execution (id, started_at, workflow_id, version, project_id, mode,"
                    + " status, stopped_at, custom_data, warnings, marks, runs, bytes,"
                    + " keeps_success, keeps_failure, sequence, source_partition, source_offset)"
                    + " select ?, to_timestamp(?), id, 1, project_id, 'webhook', 'error', now(),"
                    + " '{}', '{}', '{}', 0, 0, true, true, 1, 0, 0 from workflow where id = ?",
                id,
                now / 1000.0,
                workflow));
    return id;
  }

  @Test
  void aWorkflowLivesThroughThePublicApi() {
    PublicApiTable table =
        table()
            .with("draft", draft("Life", "life"))
            .with("changed", draft("Changed", "life"))
            .with("filter", URLEncoder.encode(FILTER, StandardCharsets.UTF_8));
    int executions = LIFE.indexOf("GET    | /executions?workflowId");
    table.run(LIFE.substring(0, executions));
    table.with("execution", execution(table.value("workflow")));

    table.run(LIFE.substring(executions));

    List<String> never = new ArrayList<>();
    for (Endpoint endpoint : server.control().api().endpoints()) {
      String called = endpoint.method() + " " + endpoint.path().replaceAll("\\{[^}]*}", "[^/]+");
      if (endpoint.path().startsWith("/api/v1/")
          && table.called().stream().noneMatch(call -> call.matches(called))) {
        never.add(endpoint.id());
      }
    }
    assertThat(never).as("endpoints that are not in the table").isEmpty();
  }

  @Test
  void whatN8nRefusesIsRefused() {
    table().run(REFUSED);
  }

  @Test
  void aBodyOfAnotherTypeIsRefused() {
    Reply refused =
        server.call("POST", "/api/v1/workflows", owner, Map.of(), "content-type", "text/plain");

    assertThat(refused.status()).isEqualTo(415);
    assertThat(refused.text("code")).isEqualTo("MR-5160");
    assertThat(refused.text("message")).contains("application/json");
  }

  @Test
  void aKeyIsNeededAndReachesAsFarAsItsScopes() {
    assertThat(server.call("GET", "/api/v1/workflows", null, null).status()).isEqualTo(401);
    assertThat(
            server
                .call("GET", "/api/v1/workflows", null, null, "x-n8n-api-key", "mr_wrong")
                .status())
        .isEqualTo(401);
    String reading = key(Map.of("label", "reads", "scopes", List.of(Scope.WORKFLOW_READ.text())));
    assertThat(server.call("GET", "/api/v1/workflows", reading, null).status()).isEqualTo(200);
    Reply refused =
        server.call(
            "POST", "/api/v1/workflows", reading, PublicApiBodies.draft("Refused", "refused"));
    assertThat(refused.status()).isEqualTo(403);
    assertThat(refused.text("message")).contains("workflow:create");

    new PublicApiTable(server, reading)
        .with("id", "{id}")
        .run(
            """
            GET | /discover | | 200 | {"data":{"scopes":["workflow:read"],"resources":{"workflows":{"operations":["tags","list","get","history","version","versionInShort"]},"executions":"<absent>"}}}
            GET | /discover?resource=workflows&operation=get | | 200 | {"data":{"resources":{"workflows":{"operations":["get"],"endpoints":[{"method":"GET","path":"/api/v1/workflows/{id}"}]}}}}
            """);
  }

  @Test
  void whatIsForeignIsNotThere() {
    String member = server.join(owner, "member@example.com", Role.MEMBER.slug());
    Reply made =
        server.call("POST", "/api/v1/workflows", owner, PublicApiBodies.draft("Mine", "mine"));
    String path = "/api/v1/workflows/" + made.text("id");

    assertThat(server.call("GET", path, member, null).status()).isEqualTo(404);
    assertThat(server.call("GET", path + "/history", member, null).status()).isEqualTo(404);
    assertThat(server.call("GET", path + "/versions/1", member, null).status()).isEqualTo(404);
    assertThat(server.call("GET", "/api/v1/workflows", member, null).data()).isEmpty();
    assertThat(
            server.call("GET", "/api/v1/users?projectId=" + ownersProject(), member, null).data())
        .isEmpty();
  }

  private String ownersProject() {
    return database
        .jdbi()
        .withHandle(handle ->
            handle
                .createQuery(
                    "select p.id from project p join app_user u on u.id = p.owner_id where u.email ="
                        + " 'owner@example.com'")
                .mapTo(String.class)
                .one());
  }

  @Test
  void aSecretIsKeptWhereOnlyOtherFieldsAreSent() {
    table()
        .run(
            """
            POST  | /credentials              | {"name":"Basic","type":"httpBasicAuth","data":{"user":"ada","password":"first"}} | 200 | {"id":"<text as credential>"}
            PATCH | /credentials/{credential} | {"data":{"user":"bob"},"isPartialData":true} | 200 | {}
            """);
    Reply listed = server.call("GET", "/api/credentials", owner, null);
    String id = String.valueOf(listed.data().getFirst().get("id"));
    Reply shown = server.call("GET", "/api/credentials/" + id, owner, null);

    assertThat(shown.json().get("data"))
        .isEqualTo(Map.of("user", "bob", "password", "__MILLRACE_UNCHANGED__"));
  }

  @Test
  void aListIsPagedToItsEnd() {
    for (int i = 0; i < 5; i++) {
      server.call("POST", "/api/v1/workflows", owner, PublicApiBodies.draft("Paged " + i, "p" + i));
    }
    List<String> names = new ArrayList<>();
    String cursor = "";
    do {
      Reply page = server.call("GET", "/api/v1/workflows?limit=2" + cursor, owner, null);
      page.data().forEach(row -> names.add(String.valueOf(row.get("name"))));
      Object next = page.json().get("nextCursor");
      cursor = next == null ? "" : "&cursor=" + next;
    } while (!cursor.isEmpty());

    assertThat(names).containsExactly("Paged 4", "Paged 3", "Paged 2", "Paged 1", "Paged 0");
  }
}
