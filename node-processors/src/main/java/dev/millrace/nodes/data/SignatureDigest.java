package dev.millrace.nodes.data;

import dev.millrace.node.NodeException;
import java.io.ByteArrayOutputStream;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.interfaces.ECPrivateKey;
import java.security.interfaces.RSAPrivateKey;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import javax.crypto.Cipher;

/**
 * The hash that a signature is made of, by the names that OpenSSL has for it. The key says which
 * kind of signature it is.
 *
 * @param hash the JDK's name; empty for MD5 followed by SHA-1
 * @param prefix what stands before the hash in an RSA signature of PKCS #1 v1.5
 */
record SignatureDigest(String hash, byte[] prefix) {
  /** JDK name and the last part of the object identifier, by the short OpenSSL name. */
  private static final Map<String, SignatureDigest> DIGESTS =
      Map.ofEntries(
          Map.entry("md5", of("MD5", "06082A864886F70D0205", 16)),
          Map.entry("sha1", of("SHA-1", "06052B0E03021A", 20)),
          Map.entry("sha224", sha2("SHA-224", 4, 28)),
          Map.entry("sha256", sha2("SHA-256", 1, 32)),
          Map.entry("sha384", sha2("SHA-384", 2, 48)),
          Map.entry("sha512", sha2("SHA-512", 3, 64)),
          Map.entry("sha512-224", sha2("SHA-512/224", 5, 28)),
          Map.entry("sha512-256", sha2("SHA-512/256", 6, 32)),
          Map.entry("sha3-224", sha2("SHA3-224", 7, 28)),
          Map.entry("sha3-256", sha2("SHA3-256", 8, 32)),
          Map.entry("sha3-384", sha2("SHA3-384", 9, 48)),
          Map.entry("sha3-512", sha2("SHA3-512", 10, 64)),
          Map.entry("md5-sha1", new SignatureDigest("", new byte[0])));

  private static final List<String> NAMES =
      List.of(
          "RSA-MD5",
          "RSA-RIPEMD160",
          "RSA-SHA1",
          "RSA-SHA1-2",
          "RSA-SHA224",
          "RSA-SHA256",
          "RSA-SHA3-224",
          "RSA-SHA3-256",
          "RSA-SHA3-384",
          "RSA-SHA3-512",
          "RSA-SHA384",
          "RSA-SHA512",
          "RSA-SHA512/224",
          "RSA-SHA512/256",
          "RSA-SM3",
          "blake2b512",
          "blake2s256",
          "id-rsassa-pkcs1-v1_5-with-sha3-224",
          "id-rsassa-pkcs1-v1_5-with-sha3-256",
          "id-rsassa-pkcs1-v1_5-with-sha3-384",
          "id-rsassa-pkcs1-v1_5-with-sha3-512",
          "md5",
          "md5-sha1",
          "md5WithRSAEncryption",
          "ripemd",
          "ripemd160",
          "ripemd160WithRSA",
          "rmd160",
          "sha1",
          "sha1WithRSAEncryption",
          "sha224",
          "sha224WithRSAEncryption",
          "sha256",
          "sha256WithRSAEncryption",
          "sha3-224",
          "sha3-256",
          "sha3-384",
          "sha3-512",
          "sha384",
          "sha384WithRSAEncryption",
          "sha512",
          "sha512-224",
          "sha512-224WithRSAEncryption",
          "sha512-256",
          "sha512-256WithRSAEncryption",
          "sha512WithRSAEncryption",
          "shake128",
          "shake256",
          "sm3",
          "sm3WithRSAEncryption",
          "ssl3-md5",
          "ssl3-sha1");

  /** Every name that the node offers; a few name hashes that the JDK has not. */
  static List<String> names() {
    return NAMES;
  }

  /**
   * @param algorithm any of the names
   * @throws NodeException when there is no such hash here
   */
  static SignatureDigest of(String algorithm) {
    String name =
        algorithm
            .toLowerCase(Locale.ROOT)
            .replaceFirst("^(rsa-|ssl3-|id-rsassa-pkcs1-v1_5-with-)", "")
            .replaceFirst("withrsa(encryption)?$", "")
            .replace("sha1-2", "sha1")
            .replace('/', '-');
    SignatureDigest digest = DIGESTS.get(name);
    if (digest == null) {
      throw new NodeException(
          algorithm.isEmpty()
              ? "No algorithm is chosen to sign with"
              : "The algorithm '" + algorithm + "' is not supported; choose another one");
    }
    return digest;
  }

  byte[] sign(PrivateKey key, byte[] input) throws GeneralSecurityException {
    byte[] hashed = hashed(input);
    return switch (key) {
      case RSAPrivateKey rsa -> {
        Cipher padded = Cipher.getInstance("RSA/ECB/PKCS1Padding");
        padded.init(Cipher.ENCRYPT_MODE, rsa);
        yield padded.doFinal(join(prefix, hashed));
      }
      case ECPrivateKey ec -> {
        Signature plain = Signature.getInstance("NONEwithECDSA");
        plain.initSign(ec);
        plain.update(hashed);
        yield plain.sign();
      }
      default -> throw new InvalidKeyException("neither RSA nor EC");
    };
  }

  private byte[] hashed(byte[] input) throws GeneralSecurityException {
    return hash.isEmpty()
        ? join(
            MessageDigest.getInstance("MD5").digest(input),
            MessageDigest.getInstance("SHA-1").digest(input))
        : MessageDigest.getInstance(hash).digest(input);
  }

  private static SignatureDigest sha2(String hash, int last, int length) {
    return of(hash, "06096086480165030402" + HexFormat.of().toHexDigits((byte) last), length);
  }

  /** SEQUENCE of (SEQUENCE of (identifier, NULL), OCTET STRING), as PKCS #1 has it. */
  private static SignatureDigest of(String hash, String identifier, int length) {
    byte[] id = HexFormat.of().parseHex(identifier);
    byte[] inner = join(new byte[] {0x30, (byte) (id.length + 2)}, id, new byte[] {5, 0});
    byte[] outer = new byte[] {0x30, (byte) (inner.length + 2 + length)};
    return new SignatureDigest(hash, join(outer, inner, new byte[] {4, (byte) length}));
  }

  private static byte[] join(byte[]... parts) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      out.writeBytes(part);
    }
    return out.toByteArray();
  }
}
