package dev.millrace.nodes;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.cert.CertificateFactory;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.KeySpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;

/**
 * Keys of PEM texts, as credentials hold them: PKCS#8, PKCS#1 and SEC 1 private keys, public keys
 * alone or in a certificate. What a method throws may quote the key, so it must not be shown.
 */
public final class PemKeys {
  private static final byte[] RSA = hex("06092A864886F70D0101010500");
  private static final byte[] EC = hex("06072A8648CE3D0201");
  private static final byte[] P256 = hex("06082A8648CE3D030107");
  private static final byte[] P384 = hex("06052B81040022");
  private static final byte[] P521 = hex("06052B81040023");
  private static final List<String> KINDS = List.of("RSA", "EC", "EdDSA", "RSASSA-PSS");

  private PemKeys() {}

  /**
   * A private key of whatever kind.
   *
   * @throws GeneralSecurityException when the text holds none that can be read
   */
  public static PrivateKey privateKey(String pem) throws GeneralSecurityException {
    String lines = lines(pem);
    byte[] encoded = body(lines);
    if (lines.contains("BEGIN RSA PRIVATE KEY")) {
      encoded = pkcs8(der(0x30, RSA), encoded);
    } else if (lines.contains("BEGIN EC PRIVATE KEY")) {
      encoded = pkcs8(der(0x30, join(EC, curve(encoded))), encoded);
    }
    KeySpec spec = new PKCS8EncodedKeySpec(encoded);
    for (String kind : KINDS) {
      try {
        return KeyFactory.getInstance(kind).generatePrivate(spec);
      } catch (InvalidKeySpecException otherKind) {
        // The next kind may read it.
      }
    }
    throw new InvalidKeySpecException("no private key of a known kind");
  }

  /**
   * A public key of whatever kind.
   *
   * @throws GeneralSecurityException when the text holds none that can be read
   */
  public static PublicKey publicKey(String pem) throws GeneralSecurityException {
    String lines = lines(pem);
    if (lines.contains("BEGIN CERTIFICATE")) {
      return CertificateFactory.getInstance("X.509")
          .generateCertificate(new ByteArrayInputStream(lines.getBytes(StandardCharsets.US_ASCII)))
          .getPublicKey();
    }
    byte[] encoded = body(lines);
    if (lines.contains("BEGIN RSA PUBLIC KEY")) {
      encoded = der(0x30, join(der(0x30, RSA), der(0x03, join(new byte[1], encoded))));
    }
    KeySpec spec = new X509EncodedKeySpec(encoded);
    for (String kind : KINDS) {
      try {
        return KeyFactory.getInstance(kind).generatePublic(spec);
      } catch (InvalidKeySpecException otherKind) {
        // The next kind may read it.
      }
    }
    throw new InvalidKeySpecException("no public key of a known kind");
  }

  /** Keys that came through a form or an environment variable have their line ends written out. */
  private static String lines(String pem) {
    return pem.replace("\\n", "\n");
  }

  private static byte[] body(String lines) throws InvalidKeySpecException {
    try {
      return Base64.getMimeDecoder().decode(lines.replaceAll("-----[A-Z ]+-----", ""));
    } catch (IllegalArgumentException notBase64) {
      throw new InvalidKeySpecException("no Base64");
    }
  }

  /** The curve that a SEC 1 key names, else the one whose numbers are as long as the key's. */
  private static byte[] curve(byte[] key) throws InvalidKeySpecException {
    for (byte[] curve : List.of(P256, P384, P521)) {
      if (contains(key, join(hex("A0"), new byte[] {(byte) curve.length}, curve))) {
        return curve;
      }
    }
    // SEQUENCE, INTEGER 1, OCTET STRING with the number.
    int number = key.length > 2 && key[1] < 0 ? 2 + (key[1] & 0x7F) + 3 : 5;
    int length = key.length > number + 1 && key[number] == 0x04 ? key[number + 1] : 0;
    return switch (length) {
      case 32 -> P256;
      case 48 -> P384;
      case 66 -> P521;
      default -> throw new InvalidKeySpecException("unknown curve");
    };
  }

  private static boolean contains(byte[] whole, byte[] part) {
    for (int i = 0; i + part.length <= whole.length; i++) {
      if (Arrays.equals(whole, i, i + part.length, part, 0, part.length)) {
        return true;
      }
    }
    return false;
  }

  /** The JDK reads one form of private keys; older files hold what that form wraps. */
  private static byte[] pkcs8(byte[] algorithm, byte[] key) {
    return der(0x30, join(hex("020100"), algorithm, der(0x04, key)));
  }

  private static byte[] der(int tag, byte[] content) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(content.length + 4);
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

  private static byte[] join(byte[]... parts) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      out.writeBytes(part);
    }
    return out.toByteArray();
  }

  private static byte[] hex(String digits) {
    return HexFormat.of().parseHex(digits);
  }
}
