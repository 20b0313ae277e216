package dev.millrace.nodes.data;

import dev.millrace.error.MillraceException;
import dev.millrace.item.Item;
import dev.millrace.node.NodeCall;
import dev.millrace.node.NodeCredentials;
import dev.millrace.node.NodeException;
import dev.millrace.node.NodeOutput;
import dev.millrace.node.NodeServices;
import dev.millrace.node.NodeSpec;
import dev.millrace.node.Property;
import dev.millrace.node.TransformNode;
import dev.millrace.nodes.TokenKey;
import dev.millrace.value.Json;
import dev.millrace.value.Undefined;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Makes, verifies and reads JSON Web Tokens. */
public final class Jwt implements TransformNode {
  private static final String CREDENTIAL = "jwtAuth";
  private static final int MAX_TOKEN = 1 << 20;

  private static final NodeSpec SPEC =
      NodeSpec.type("n8n-nodes-base.jwt")
          .named("JWT", "Signs, verifies and decodes JSON Web Tokens.")
          .credentials(CREDENTIAL)
          .properties(properties())
          .build();

  private final NodeCredentials credentials;

  public Jwt(NodeServices services) {
    this.credentials = services.credentials();
  }

  @Override
  public NodeSpec spec() {
    return SPEC;
  }

  @Override
  public NodeOutput run(NodeCall call) {
    return EachItem.run(
        call,
        (item, i) -> {
          String operation = call.string("operation", i, "sign");
          return List.of(
              Item.of(
                  switch (operation) {
                    case "sign" -> Map.of("token", sign(call, i));
                    case "verify" -> {
                      Token token = token(call, i);
                      verify(call, i, token);
                      yield token.shown(call, i);
                    }
                    case "decode" -> token(call, i).shown(call, i);
                    default -> throw new NodeException("There is no operation '" + operation + "'");
                  }));
        });
  }

  /** A token that was taken apart, nothing of it checked. */
  private record Token(
      String signed,
      Map<String, @Nullable Object> header,
      @Nullable Object payload,
      String signature) {
    Map<String, @Nullable Object> shown(NodeCall call, int i) {
      Map<String, @Nullable Object> json = new LinkedHashMap<>();
      if (call.bool("options.complete", i, false)) {
        json.put("header", header);
        json.put("payload", payload);
        json.put("signature", signature);
      } else {
        json.put("payload", payload);
      }
      return json;
    }

    double time(String claim) {
      Object value = payload instanceof Map<?, ?> claims ? claims.get(claim) : null;
      if (value instanceof Double seconds) {
        return seconds;
      }
      throw new NodeException("The token's claim '" + claim + "' is no number of seconds");
    }

    boolean has(String claim) {
      return payload instanceof Map<?, ?> claims && claims.containsKey(claim);
    }
  }

  private String sign(NodeCall call, int i) {
    Map<String, @Nullable Object> claims =
        call.bool("useJson", i, false) ? json(call, i, "claimsJson", "claims") : claims(call, i);
    Map<String, @Nullable Object> header = json(call, i, "headerClaims", "header claims");
    String keyId = call.string("options.kid", i, "");
    if (!keyId.isEmpty()) {
      header.put("kid", keyId);
    }
    return key(call, i).sign(header, claims, call.now().toInstant());
  }

  private static Map<String, @Nullable Object> claims(NodeCall call, int i) {
    Map<String, @Nullable Object> given = call.object("claims", i);
    Map<String, @Nullable Object> claims = new LinkedHashMap<>();
    Map.of("audience", "aud", "issuer", "iss", "jwtid", "jti", "subject", "sub")
        .forEach((field, claim) -> {
          Object value = given.get(field);
          if (!Undefined.orNull(value) && !"".equals(value)) {
            claims.put(claim, value);
          }
        });
    double now = call.now().toInstant().getEpochSecond();
    if (given.containsKey("expiresIn")) {
      claims.put("exp", now + call.number("claims.expiresIn", i, 0));
    }
    if (given.containsKey("notBefore")) {
      claims.put("nbf", now + call.number("claims.notBefore", i, 0));
    }
    return claims;
  }

  private static Map<String, @Nullable Object> json(
      NodeCall call, int i, String parameter, String what) {
    Object value = call.parameter(parameter, i);
    if (value instanceof String text) {
      if (text.isBlank()) {
        return new LinkedHashMap<>();
      }
      try {
        value = Json.parse(text);
      } catch (MillraceException notJson) {
        throw new NodeException("The " + what + " are no valid JSON: " + notJson.text());
      }
    }
    if (value instanceof Map<?, ?> object) {
      Map<String, @Nullable Object> copy = new LinkedHashMap<>();
      object.forEach((key, inner) -> copy.put(String.valueOf(key), inner));
      return copy;
    }
    if (Undefined.orNull(value)) {
      return new LinkedHashMap<>();
    }
    throw new NodeException("The " + what + " must be a JSON object");
  }

  private static Token token(NodeCall call, int i) {
    String text = call.string("token", i, "").strip();
    if (text.length() > MAX_TOKEN) {
      throw new NodeException("The token is longer than " + MAX_TOKEN + " characters");
    }
    String[] parts = text.split("\\.", -1);
    if (parts.length != 3) {
      throw new NodeException(
          text.isEmpty() ? "There is no token" : "jwt malformed: a token has three parts");
    }
    try {
      Map<String, @Nullable Object> header = Json.parseObject(base64(parts[0]));
      Object payload = Json.parse(base64(parts[1]));
      return new Token(parts[0] + "." + parts[1], header, payload, parts[2]);
    } catch (MillraceException | IllegalArgumentException unreadable) {
      throw new NodeException("invalid token: its header or payload cannot be read");
    }
  }

  private void verify(NodeCall call, int i, Token token) {
    TokenKey key = key(call, i);
    if (token.signature().isEmpty()) {
      throw new NodeException("jwt signature is required");
    }
    if (!Objects.equals(token.header().get("alg"), key.algorithm())) {
      throw new NodeException("invalid algorithm: the token is not signed with " + key.algorithm());
    }
    // Extensions that a token calls critical must be understood, and none are (RFC 7515, 4.1.11).
    if (token.header().containsKey("crit") || !verifies(key, token)) {
      throw new NodeException("invalid signature");
    }
    double now = call.now().toInstant().toEpochMilli() / 1000.0;
    double tolerance = call.number("options.clockTolerance", i, 0);
    if (token.has("nbf")
        && !call.bool("options.ignoreNotBefore", i, false)
        && token.time("nbf") > now + tolerance) {
      throw new NodeException("jwt not active");
    }
    if (token.has("exp")
        && !call.bool("options.ignoreExpiration", i, false)
        && now >= token.time("exp") + tolerance) {
      throw new NodeException("jwt expired");
    }
  }

  private static boolean verifies(TokenKey key, Token token) {
    byte[] signature;
    try {
      signature = base64(token.signature());
    } catch (IllegalArgumentException notBase64) {
      return false;
    }
    return key.verifies(token.signed(), signature);
  }

  private static byte[] base64(String part) {
    return Base64.getUrlDecoder().decode(part);
  }

  private TokenKey key(NodeCall call, int i) {
    Map<String, @Nullable Object> credential =
        credentials
            .of(call.execution().workflow())
            .find(call.node(), CREDENTIAL)
            .orElseThrow(() ->
                new NodeException(
                    "The node's credential of type " + CREDENTIAL + " is not set up."));
    String chosen = call.string("options.algorithm", i, "");
    return new TokenKey(credential, chosen.isEmpty() ? null : chosen);
  }

  private static List<Property> properties() {
    Property.Option[] algorithms =
        java.util.stream.Stream.of("ES", "HS", "PS", "RS")
            .flatMap(family ->
                java.util.stream.Stream.of("256", "384", "512").map(bits -> family + bits))
            .map(name -> Property.option(name, name))
            .toArray(Property.Option[]::new);
    List<Property> all = new ArrayList<>();
    all.add(
        Property.options(
                "operation",
                "Operation",
                "sign",
                Property.option("Decode", "decode"),
                Property.option("Sign", "sign"),
                Property.option("Verify", "verify"))
            .withExtra("noExpression", true));
    all.add(
        Property.bool("useJson", "Use JSON to Build Payload", false).showWhen("operation", "sign"));
    all.add(
        Property.collection(
                "claims",
                "Payload Claims",
                Property.string("audience", "Audience", ""),
                Property.number("expiresIn", "Expires In", 3600).withTypeOption("minValue", 0),
                Property.string("issuer", "Issuer", ""),
                Property.string("jwtid", "JWT ID", ""),
                Property.number("notBefore", "Not Before", 0).withTypeOption("minValue", 0),
                Property.string("subject", "Subject", ""))
            .showWhen("operation", "sign")
            .showWhen("useJson", false));
    all.add(
        Property.of("json", "claimsJson", "Payload Claims (JSON)", "{\n  \"sub\": \"user\"\n}")
            .withTypeOption("rows", 5)
            .withExtra("validateType", "object")
            .showWhen("operation", "sign")
            .showWhen("useJson", true));
    all.add(
        Property.of("json", "headerClaims", "Header Claims (JSON)", "{}")
            .withTypeOption("rows", 5)
            .withExtra("validateType", "object")
            .showWhen("operation", "sign"));
    all.add(
        Property.string("token", "Token", "")
            .asRequired()
            .withTypeOption("password", true)
            .withExtra("validateType", "jwt")
            .showWhen("operation", "verify", "decode"));
    all.add(
        Property.collection(
            "options",
            "Options",
            Property.bool("complete", "Return Additional Info", false)
                .showWhen("/operation", "verify", "decode"),
            Property.bool("ignoreExpiration", "Ignore Expiration", false)
                .showWhen("/operation", "verify"),
            Property.bool("ignoreNotBefore", "Ignore Not Before Claim", false)
                .showWhen("/operation", "verify"),
            Property.number("clockTolerance", "Clock Tolerance", 0)
                .withTypeOption("minValue", 0)
                .showWhen("/operation", "verify"),
            Property.string("kid", "Key ID", "").showWhen("/operation", "sign"),
            Property.options("algorithm", "Override Algorithm", "HS256", algorithms)
                .showWhen("/operation", "sign", "verify")));
    return List.copyOf(all);
  }
}
