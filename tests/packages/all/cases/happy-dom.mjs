import { Window } from 'happy-dom';
const window = new Window({ url: 'http://a.test/' });
window.document.body.innerHTML = '<div class="a"><b>x</b></div>';
console.log(window.document.querySelector('.a b').textContent, window.document.body.innerHTML, window.location.host);
await window.happyDOM.close();
