import * as openpgp from 'openpgp';
const { privateKey, publicKey } = await openpgp.generateKey({ userIDs: [{ name: 'A', email: 'a@a.test' }], passphrase: 'p', format: 'object' });
const key = await openpgp.decryptKey({ privateKey, passphrase: 'p' }), message = await openpgp.createMessage({ text: 'sécret' });
const armored = await openpgp.encrypt({ message, encryptionKeys: publicKey, signingKeys: key });
const { data, signatures } = await openpgp.decrypt({ message: await openpgp.readMessage({ armoredMessage: armored }), decryptionKeys: key, verificationKeys: publicKey });
console.log(data, await signatures[0].verified, armored.split('\n')[0]);
