package dev.millrace.control.oidc;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.KeySourceException;
import com.nimbusds.jose.jwk.source.JWKSource;
import com.nimbusds.jose.jwk.source.JWKSourceBuilder;
import com.nimbusds.jose.proc.BadJOSEException;
import com.nimbusds.jose.proc.JWSVerificationKeySelector;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jose.util.Resource;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.proc.DefaultJWTClaimsVerifier;
import com.nimbusds.jwt.proc.DefaultJWTProcessor;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.io.IOException;
import java.net.MalformedURLException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.text.ParseException;
import java.time.InstantSource;
import java.util.Date;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Checks ID tokens of one provider by its keys, which are read when they are needed and again when
 * a token names one that is not known. Thread-safe.
 */
final class IdTokens {
  private static final Logger LOG = LoggerFactory.getLogger(IdTokens.class);

  /**
   * Signed with a key that the provider alone has: no token without a signature, and none by the
   * secret.
   */
  private static final Set<JWSAlgorithm> ALGORITHMS =
      Set.of(
          JWSAlgorithm.RS256,
          JWSAlgorithm.RS384,
          JWSAlgorithm.RS512,
          JWSAlgorithm.PS256,
          JWSAlgorithm.PS384,
          JWSAlgorithm.PS512,
          JWSAlgorithm.ES256,
          JWSAlgorithm.ES384,
          JWSAlgorithm.ES512);

  private static final Set<String> REQUIRED = Set.of("sub", "iat", "exp");

  private final String issuer;
  private final String clientId;
  private final JWKSource<SecurityContext> keys;
  private final InstantSource clock;

  IdTokens(String issuer, String clientId, URI keys, ProviderHttp http, InstantSource clock) {
    this.issuer = issuer;
    this.clientId = clientId;
    this.keys = keys(keys, http);
    this.clock = clock;
  }

  private static JWKSource<SecurityContext> keys(URI at, ProviderHttp http) {
    try {
      return JWKSourceBuilder.<SecurityContext>create(
              at.toURL(), url -> new Resource(text(at, http), "application/json"))
          // It would keep a thread that ends after everything else.
          .refreshAheadCache(false)
          .build();
    } catch (MalformedURLException checkedBefore) {
      throw new IllegalStateException(checkedBefore);
    }
  }

  private static String text(URI at, ProviderHttp http) throws IOException {
    try {
      ProviderHttp.Reply reply = http.send(HttpRequest.newBuilder(at).build());
      if (reply.ok()) {
        return new String(reply.body(), StandardCharsets.UTF_8);
      }
    } catch (MillraceException away) {
      throw new IOException(away);
    }
    throw new IOException("no keys");
  }

  /**
   * What a token says that was made by this provider, for this client and this sign-in, and is
   * still good.
   *
   * @throws MillraceException {@code SIGN_IN_REFUSED} for any other; {@code
   *     SIGN_IN_PROVIDER_FAILED} when the provider's keys cannot be read
   */
  JWTClaimsSet verified(String token, String nonce) {
    DefaultJWTProcessor<SecurityContext> processor = new DefaultJWTProcessor<>();
    processor.setJWSKeySelector(new JWSVerificationKeySelector<>(ALGORITHMS, keys));
    processor.setJWTClaimsSetVerifier(
        new DefaultJWTClaimsVerifier<>(
            clientId,
            new JWTClaimsSet.Builder().issuer(issuer).claim("nonce", nonce).build(),
            REQUIRED) {
          @Override
          protected Date currentTime() {
            return Date.from(clock.instant());
          }
        });
    try {
      JWTClaimsSet claims = processor.process(token, null);
      requireOurs(claims);
      return claims;
    } catch (KeySourceException away) {
      throw ProviderHttp.failed("The keys of " + issuer + " cannot be read");
    } catch (ParseException | BadJOSEException | JOSEException | RuntimeException hostile) {
      // A token is foreign input to a parser: whatever it throws, it is not a good one.
      LOG.info("an ID token of {} is refused: {}", issuer, hostile.getClass().getSimpleName());
      throw new MillraceException(
          ErrorCode.SIGN_IN_REFUSED, "The identity provider's answer is not good for this sign-in");
    }
  }

  /** One that is for several is ours only if it was made for us. */
  private void requireOurs(JWTClaimsSet claims) throws ParseException, BadJOSEException {
    String party = claims.getStringClaim("azp");
    List<String> audience = claims.getAudience();
    if (party == null ? audience.size() > 1 : !party.equals(clientId)) {
      throw new BadJOSEException("authorized party");
    }
  }
}
