import which from 'which';
console.log(await which('sh') === await which('sh', { all: true }).then((a) => a[0]), which.sync('none-such', { nothrow: true })); await which('none-such').catch((e) => console.log(e.code, e.message));
