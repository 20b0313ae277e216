package dev.millrace.ingress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.avro.DefinitionRecord;
import dev.millrace.error.ErrorCode;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class WebhookRoutesTest {
  private static WebhookRoutes.Published workflow(String id, long since, String... parameters) {
    String[] nodes = new String[parameters.length];
    for (int i = 0; i < nodes.length; i++) {
      nodes[i] =
          IngressFixture.node(2.1, parameters[i], "{}").replace("\"Hook\"", "\"Hook" + i + "\"");
    }
    return IngressFixture.published(id, since, nodes);
  }

  private static WebhookRoutes routes(WebhookRoutes.Published... workflows) {
    return WebhookRoutes.of(List.of(workflows), List.of());
  }

  private static Webhook webhook(String parameters) {
    return workflow("w", 0, parameters).webhooks().getFirst();
  }

  @Test
  void pathsLoseTheSlashesAroundThemAndDefaultToTheWebhookId() {
    assertThat(webhook("{\"path\":\" /a/b/ \"}").path()).isEqualTo("a/b");
    assertThat(webhook("{}").path()).isEqualTo("wid");
    assertThat(webhook("{\"path\":\"/user/:id\"}").path()).isEqualTo("wid/user/:id");
  }

  @Test
  void methodsAreOneOrSeveral() {
    assertThat(webhook("{}").methods()).containsExactly("GET");
    assertThat(webhook("{\"multipleMethods\":true}").methods()).containsExactly("GET", "POST");
    Webhook several =
        webhook("{\"multipleMethods\":true,\"httpMethod\":[\"PUT\",\"DELETE\",\"GET\"]}");
    assertThat(several.output("PUT")).isZero();
    assertThat(several.output("GET")).isEqualTo(2);
  }

  @Test
  void whatCannotBeServedIsSaid() {
    for (String parameters :
        List.of(
            "{\"path\":\"={{ nowhere.at.all() }}\"}",
            "{\"path\":\"={{ $json.body.x }}\"}",
            "{\"httpMethod\":\"={{ 'BREW' }}\"}",
            "{\"authentication\":\"={{ 'none' }}\"}",
            "{\"httpMethod\":\"BREW\"}",
            "{\"responseMode\":\"streaming\"}",
            "{\"authentication\":\"n8nOAuth2\"}",
            "{\"authentication\":\"basicAuth\"}",
            "{\"options\":{\"responseCode\":{\"values\":{\"responseCode\":42}}}}")) {
      assertThatThrownBy(() -> webhook(parameters))
          .as(parameters)
          .hasMessageContaining("\"Hook0\" cannot be served");
    }
  }

  @Test
  void whereItIsServedMayBeExpressions() {
    assertThat(webhook("{\"path\":\"=/{{ 'or' + 'ders' }}/\"}").path()).isEqualTo("orders");
    assertThat(webhook("{\"path\":\"={{ '/v' + [1, 2].map(n => n * 2).join('.') }}\"}").path())
        .isEqualTo("v2.4");
    assertThat(webhook("{\"httpMethod\":\"={{ 'put' }}\"}").methods()).containsExactly("PUT");
    Webhook.Options options =
        webhook(
                """
                {"options":{"ipWhitelist":"={{ ['10.0.0.1', '10.1.0.0/16'] }}","rawBody":"={{ true }}",
                 "allowedOrigins":"={{ 'https://a.example' }}","binaryPropertyName":"={{ 'f' }}"}}\
                """)
            .options();
    assertThat(options.ipAllowlist()).containsExactly("10.0.0.1", "10.1.0.0/16");
    assertThat(options.rawBody()).isTrue();
    assertThat(options.allowedOrigins()).containsExactly("https://a.example");
    assertThat(options.binaryProperty()).isEqualTo("f");
  }

  @Test
  void theRouteWithMostStaticSegmentsWins() {
    WebhookRoutes routes =
        routes(
            workflow(
                "w", 0, "{\"path\":\":a/:b\"}", "{\"path\":\"user/:id\"}", "{\"path\":\"plain\"}"));

    assertThat(routes.find("GET", "wid/user/7"))
        .isInstanceOfSatisfying(
            WebhookRoutes.Match.Found.class,
            found -> {
              assertThat(found.webhook().node()).isEqualTo("Hook1");
              assertThat(found.params()).isEqualTo(Map.of("id", "7"));
            });
    assertThat(routes.find("GET", "wid/other/7"))
        .isInstanceOfSatisfying(
            WebhookRoutes.Match.Found.class,
            found -> assertThat(found.params()).isEqualTo(Map.of("a", "other", "b", "7")));
    assertThat(routes.find("GET", "wid/user/7/x")).isInstanceOf(WebhookRoutes.Match.Nothing.class);
    assertThat(routes.find("POST", "wid/user/7"))
        .isEqualTo(new WebhookRoutes.Match.OtherMethods(List.of("GET")));
    assertThat(routes.find("POST", "plain"))
        .isEqualTo(new WebhookRoutes.Match.OtherMethods(List.of("GET")));
  }

  @Test
  void theWorkflowPublishedFirstKeepsAPath() {
    WebhookRoutes routes =
        routes(
            workflow("young", 20, "{\"path\":\"p\"}", "{\"path\":\"q/:x\"}"),
            workflow("old", 10, "{\"path\":\"p\"}", "{\"path\":\"q/:y\"}"));

    for (String path : List.of("p", "wid/q/1")) {
      assertThat(routes.find("GET", path))
          .isInstanceOfSatisfying(
              WebhookRoutes.Match.Found.class,
              found -> assertThat(found.webhook().workflowId()).isEqualTo("old"));
    }
    assertThat(routes.problems())
        .hasSize(2)
        .allSatisfy(problem -> {
          assertThat(problem.workflowId()).isEqualTo("young");
          assertThat(problem.code()).isEqualTo(ErrorCode.WEBHOOK_CONFLICT);
          assertThat(problem.message()).contains("workflow old");
        });
  }

  private static DefinitionRecord definition(
      String id, int version, long publishedAt, boolean active, String... nodes) {
    return new DefinitionRecord(
        id,
        version,
        active,
        IngressFixture.utf8(
            "{\"nodes\":[%s],\"connections\":{}}".formatted(String.join(",", nodes))),
        Instant.ofEpochMilli(publishedAt));
  }

  private static @Nullable String owner(ActiveWebhooks webhooks, String path) {
    return webhooks.routes().find("GET", path) instanceof WebhookRoutes.Match.Found found
        ? found.webhook().workflowId() + found.webhook().version()
        : null;
  }

  @Test
  void routesFollowTheDefinitions() {
    String hook = IngressFixture.node(2.1, "{\"path\":\"p\"}", "{}");
    ActiveWebhooks webhooks = new ActiveWebhooks(IngressFixture.EXPRESSIONS);
    webhooks.apply("a/1", definition("a", 1, 10, true, hook));
    webhooks.apply("a", definition("a", 1, 10, true, hook));
    webhooks.apply("b", definition("b", 1, 20, true, hook));
    assertThat(owner(webhooks, "p")).isEqualTo("a1");

    // A later version of the older workflow keeps the path.
    webhooks.apply("a", definition("a", 2, 30, true, hook));
    assertThat(owner(webhooks, "p")).isEqualTo("a2");

    webhooks.apply("a", definition("a", 2, 30, false, hook));
    assertThat(owner(webhooks, "p")).isEqualTo("b1");

    webhooks.apply("b", null);
    assertThat(owner(webhooks, "p")).isNull();
  }

  @Test
  void aDisabledWebhookIsNotServedAndABrokenOneLeavesTheOthersAlone() {
    ActiveWebhooks webhooks = new ActiveWebhooks(IngressFixture.EXPRESSIONS);
    webhooks.apply(
        "a",
        definition(
            "a",
            1,
            1,
            true,
            IngressFixture.node(2, "{\"path\":\"off\"}", "{}")
                .replace("\"id\":\"n\"", "\"disabled\":true"),
            IngressFixture.node(2, "{\"path\":\"on\"}", "{}").replace("Hook", "Second"),
            IngressFixture.node(2, "{\"path\":\"={{ nowhere.at.all() }}\"}", "{}")
                .replace("Hook", "Third")));
    webhooks.apply(
        "b", new DefinitionRecord("b", 1, true, IngressFixture.utf8("{"), Instant.EPOCH));

    assertThat(owner(webhooks, "off")).isNull();
    assertThat(owner(webhooks, "on")).isEqualTo("a1");
    assertThat(webhooks.routes().problems())
        .extracting(WebhookProblem::code)
        .containsExactlyInAnyOrder(ErrorCode.INVALID_WORKFLOW, ErrorCode.INVALID_JSON);
  }
}
