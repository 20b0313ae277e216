package dev.millrace.http;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.Cipher;
import javax.crypto.EncryptedPrivateKeyInfo;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/** TLS as a call wants it: whom it trusts and what it shows of itself. */
final class TlsContexts {
  private static final char[] NO_PASSWORD = new char[0];
  private static final Pattern KEY =
      Pattern.compile("-----BEGIN ([A-Z ]*)PRIVATE KEY-----(.*?)-----END", Pattern.DOTALL);

  private TlsContexts() {}

  /**
   * A context for one call.
   *
   * @param anyCertificate whether the server's certificate is looked at at all
   */
  static SSLContext of(boolean anyCertificate, @Nullable ClientCertificate own) {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(
          own == null || own.certificate().isBlank() ? null : keys(own),
          anyCertificate
              ? new TrustManager[] {new TrustsAnyone()}
              : own == null || own.ca().isBlank() ? null : authorities(own.ca()),
          null);
      return context;
    } catch (GeneralSecurityException | java.io.IOException | IllegalArgumentException unusable) {
      // The cause may quote the key.
      throw OutgoingHttpException.invalid(
          "The client certificate cannot be used: check its PEM texts and the passphrase.");
    }
  }

  private static TrustManager[] authorities(String pem)
      throws GeneralSecurityException, java.io.IOException {
    KeyStore store = empty();
    int count = 0;
    for (Certificate authority : certificates(pem)) {
      store.setCertificateEntry("ca" + count++, authority);
    }
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(store);
    return factory.getTrustManagers();
  }

  private static KeyManager[] keys(ClientCertificate own)
      throws GeneralSecurityException, java.io.IOException {
    List<Certificate> chain = certificates(own.certificate());
    if (chain.isEmpty()) {
      throw new GeneralSecurityException("no certificate");
    }
    KeyStore store = empty();
    store.setKeyEntry(
        "own", key(own, chain.getFirst()), NO_PASSWORD, chain.toArray(new Certificate[0]));
    KeyManagerFactory factory =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    factory.init(store, NO_PASSWORD);
    return factory.getKeyManagers();
  }

  private static KeyStore empty() throws GeneralSecurityException, java.io.IOException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, NO_PASSWORD);
    return store;
  }

  private static List<Certificate> certificates(String pem) throws GeneralSecurityException {
    return new ArrayList<>(
        CertificateFactory.getInstance("X.509")
            .generateCertificates(
                new ByteArrayInputStream(lines(pem).strip().getBytes(StandardCharsets.US_ASCII))));
  }

  private static PrivateKey key(ClientCertificate own, Certificate certificate)
      throws GeneralSecurityException, java.io.IOException {
    Matcher pem = KEY.matcher(lines(own.key()));
    if (!pem.find() || pem.group(2).contains("ENCRYPTED")) {
      throw new GeneralSecurityException("no key, or one in an encryption that is out of use");
    }
    byte[] encoded = Base64.getMimeDecoder().decode(pem.group(2));
    KeyFactory factory = KeyFactory.getInstance(certificate.getPublicKey().getAlgorithm());
    return switch (pem.group(1).strip()) {
      case "" -> factory.generatePrivate(new PKCS8EncodedKeySpec(encoded));
      case "ENCRYPTED" -> {
        EncryptedPrivateKeyInfo sealed = new EncryptedPrivateKeyInfo(encoded);
        String algorithm =
            sealed.getAlgName().equals("PBES2")
                    || sealed.getAlgName().startsWith("1.2.840.113549.1.5.13")
                ? sealed.getAlgParameters().toString()
                : sealed.getAlgName();
        Cipher cipher = Cipher.getInstance(algorithm);
        cipher.init(
            Cipher.DECRYPT_MODE,
            SecretKeyFactory.getInstance(algorithm)
                .generateSecret(new PBEKeySpec(own.passphrase().toCharArray())),
            sealed.getAlgParameters());
        yield factory.generatePrivate(sealed.getKeySpec(cipher));
      }
      // Older files hold only the inner part of what the JDK reads; the certificate has the rest.
      default ->
          factory.generatePrivate(
              new PKCS8EncodedKeySpec(
                  pkcs8(algorithm(certificate.getPublicKey().getEncoded()), encoded)));
    };
  }

  /** The algorithm out of a public key's encoding: the first element of its outer sequence. */
  private static byte[] algorithm(byte[] publicKey) {
    int start = contentStart(publicKey, 0);
    int inner = contentStart(publicKey, start);
    return Arrays.copyOfRange(publicKey, start, inner + length(publicKey, start));
  }

  private static int contentStart(byte[] der, int at) {
    int first = der[at + 1] & 0xff;
    return at + 2 + (first < 0x80 ? 0 : first & 0x7f);
  }

  private static int length(byte[] der, int at) {
    int first = der[at + 1] & 0xff;
    if (first < 0x80) {
      return first;
    }
    int length = 0;
    for (int i = 0; i < (first & 0x7f); i++) {
      length = (length << 8) | (der[at + 2 + i] & 0xff);
    }
    return length;
  }

  private static byte[] pkcs8(byte[] algorithm, byte[] key) {
    ByteArrayOutputStream content = new ByteArrayOutputStream();
    content.writeBytes(new byte[] {2, 1, 0});
    content.writeBytes(algorithm);
    content.writeBytes(der(4, key));
    return der(0x30, content.toByteArray());
  }

  private static byte[] der(int tag, byte[] content) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(tag);
    if (content.length >= 0x100) {
      out.write(0x82);
      out.write(content.length >> 8);
    } else if (content.length >= 0x80) {
      out.write(0x81);
    }
    out.write(content.length);
    out.writeBytes(content);
    return out.toByteArray();
  }

  private static String lines(String pem) {
    // Keys that came through a form or an environment variable have their line ends written out.
    return pem.replace("\\n", "\n");
  }

  /** For servers whose certificate nobody vouches for; the user asked for it. */
  private static final class TrustsAnyone extends X509ExtendedTrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
