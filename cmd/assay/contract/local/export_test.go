package local

// EncodeDigits makes addresses that no bytes have.
var EncodeDigits = encodeDigits
