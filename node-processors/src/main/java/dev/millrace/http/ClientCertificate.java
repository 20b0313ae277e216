package dev.millrace.http;

/**
 * What a client shows to a server, as PEM text; an empty text stands for an absent part.
 *
 * @param ca who vouches for the server, in place of the usual authorities
 * @param certificate the client's certificate, with those that lead to its authority
 * @param key its private key
 * @param passphrase of the private key
 */
public record ClientCertificate(String ca, String certificate, String key, String passphrase) {
  @Override
  public String toString() {
    return "ClientCertificate";
  }
}
