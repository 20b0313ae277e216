package dev.millrace.nodes.data;

import dev.millrace.node.NodeException;
import dev.millrace.nodes.PemKeys;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.security.spec.AlgorithmParameterSpec;
import java.security.spec.MGF1ParameterSpec;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.crypto.Cipher;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.OAEPParameterSpec;
import javax.crypto.spec.PBEKeySpec;
import javax.crypto.spec.PSource;
import javax.crypto.spec.SecretKeySpec;

/**
 * Text under a passphrase or an RSA key. An encrypted text is Base64 of: one byte 1 (the form), 16
 * bytes of salt, 12 of nonce, the cipher text with its 16 byte tag. The key is derived by
 * PBKDF2-HMAC-SHA512; the form's byte and the cipher's name are authenticated too. For an RSA key
 * it is Base64 of RSA-OAEP with SHA-256.
 */
final class TextCipher {
  private static final byte FORM = 1;
  private static final int SALT = 16;
  private static final int NONCE = 12;
  private static final int TAG = 16;
  private static final int ITERATIONS = 100_000;
  private static final OAEPParameterSpec OAEP =
      new OAEPParameterSpec(
          "SHA-256", "MGF1", MGF1ParameterSpec.SHA256, PSource.PSpecified.DEFAULT);

  /**
   * The keys of one run of the node. Deriving one takes a tenth of a second, so all texts of a run
   * share a salt, and the salts that it decrypts are limited.
   */
  static final class Keys {
    private static final int MAX_DERIVED = 50;

    private final SecureRandom random;
    private final byte[] ownSalt = new byte[SALT];
    private final Map<List<Object>, byte[]> derived = new HashMap<>();

    Keys(SecureRandom random) {
      this.random = random;
    }

    private byte[] ownSalt() {
      if (derived.isEmpty()) {
        random.nextBytes(ownSalt);
      }
      return ownSalt.clone();
    }

    private byte[] key(String passphrase, byte[] salt, int bytes) throws GeneralSecurityException {
      List<Object> name = List.of(passphrase, ByteBuffer.wrap(salt), bytes);
      byte[] known = derived.get(name);
      if (known != null) {
        return known;
      }
      if (derived.size() >= MAX_DERIVED) {
        throw new NodeException(
            "The texts were encrypted in more than "
                + MAX_DERIVED
                + " runs; decrypt fewer items at a time");
      }
      PBEKeySpec spec = new PBEKeySpec(passphrase.toCharArray(), salt, ITERATIONS, bytes * 8);
      byte[] key =
          SecretKeyFactory.getInstance("PBKDF2WithHmacSHA512").generateSecret(spec).getEncoded();
      derived.put(name, key);
      return key;
    }
  }

  private final String name;
  private final String passphrase;
  private final Keys keys;
  private final int keyBytes;

  private TextCipher(String name, String passphrase, Keys keys, int keyBytes) {
    this.name = name;
    this.passphrase = passphrase;
    this.keys = keys;
    this.keyBytes = keyBytes;
  }

  static TextCipher of(String name, String passphrase, Keys keys) {
    int keyBytes =
        switch (name) {
          case "aes-256-gcm", "chacha20-poly1305" -> 32;
          case "aes-192-gcm" -> 24;
          case "aes-128-gcm" -> 16;
          default -> throw new NodeException("There is no cipher '" + name + "'");
        };
    return new TextCipher(name, passphrase, keys, keyBytes);
  }

  String encrypt(String text) {
    byte[] salt = keys.ownSalt();
    byte[] nonce = new byte[NONCE];
    keys.random.nextBytes(nonce);
    try {
      byte[] sealed =
          cipher(Cipher.ENCRYPT_MODE, salt, nonce).doFinal(text.getBytes(StandardCharsets.UTF_8));
      ByteBuffer all = ByteBuffer.allocate(1 + SALT + NONCE + sealed.length);
      all.put(FORM).put(salt).put(nonce).put(sealed);
      return Base64.getEncoder().encodeToString(all.array());
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException("the JDK lacks " + name, impossible);
    }
  }

  String decrypt(String text) {
    byte[] all = base64(text);
    if (all.length < 1 + SALT + NONCE + TAG || all[0] != FORM) {
      throw new NodeException("The value is no text that this node encrypted with a passphrase");
    }
    ByteBuffer parts = ByteBuffer.wrap(all, 1, all.length - 1);
    byte[] salt = new byte[SALT];
    byte[] nonce = new byte[NONCE];
    parts.get(salt).get(nonce);
    byte[] sealed = new byte[parts.remaining()];
    parts.get(sealed);
    try {
      byte[] plain = cipher(Cipher.DECRYPT_MODE, salt, nonce).doFinal(sealed);
      return new String(plain, StandardCharsets.UTF_8);
    } catch (GeneralSecurityException wrong) {
      throw new NodeException(
          "The value cannot be decrypted: passphrase or cipher differ, or it was changed");
    }
  }

  private Cipher cipher(int mode, byte[] salt, byte[] nonce) throws GeneralSecurityException {
    boolean aes = name.startsWith("aes");
    Cipher cipher = Cipher.getInstance(aes ? "AES/GCM/NoPadding" : "ChaCha20-Poly1305");
    AlgorithmParameterSpec parameters =
        aes ? new GCMParameterSpec(TAG * 8, nonce) : new IvParameterSpec(nonce);
    byte[] key = keys.key(passphrase, salt, keyBytes);
    cipher.init(mode, new SecretKeySpec(key, aes ? "AES" : "ChaCha20"), parameters);
    cipher.updateAAD(new byte[] {FORM});
    cipher.updateAAD(name.getBytes(StandardCharsets.US_ASCII));
    return cipher;
  }

  static String encryptFor(String publicKey, String text) {
    try {
      Cipher rsa = Cipher.getInstance("RSA/ECB/OAEPPadding");
      rsa.init(Cipher.ENCRYPT_MODE, PemKeys.publicKey(publicKey), OAEP);
      return Base64.getEncoder().encodeToString(rsa.doFinal(text.getBytes(StandardCharsets.UTF_8)));
    } catch (javax.crypto.IllegalBlockSizeException tooLong) {
      throw new NodeException(
          "The value is too long for the RSA key; encrypt it with a passphrase instead");
    } catch (GeneralSecurityException unusable) {
      throw new NodeException(
          "The value cannot be encrypted: the credential's public key is no RSA key in PEM form");
    }
  }

  static String decryptWith(String privateKey, String text) {
    byte[] sealed = base64(text);
    try {
      Cipher rsa = Cipher.getInstance("RSA/ECB/OAEPPadding");
      rsa.init(Cipher.DECRYPT_MODE, PemKeys.privateKey(privateKey), OAEP);
      return new String(rsa.doFinal(sealed), StandardCharsets.UTF_8);
    } catch (GeneralSecurityException wrong) {
      throw new NodeException(
          "The value cannot be decrypted: the credential's private key is no RSA key in PEM form,"
              + " or the value was encrypted for another one");
    }
  }

  private static byte[] base64(String text) {
    try {
      return Base64.getMimeDecoder().decode(text);
    } catch (IllegalArgumentException notBase64) {
      throw new NodeException("The value is no encrypted text: it is not Base64");
    }
  }
}
